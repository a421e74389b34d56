//go:build unix

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stheno/stheno/internal/output"
	"github.com/stheno/stheno/train"
)

// asCommand is set for a process of this test that is to be the command itself.
const asCommand = "STHENO_TEST_AS_COMMAND"

// takesMemory is how many bytes of samples such a process keeps in memory.
const takesMemory = "STHENO_TEST_SAMPLE_MEMORY"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		go func() {
			<-tooLong
			fmt.Println("a step that does not end")
		}()
		sampleMemory, _ = strconv.ParseInt(os.Getenv(takesMemory), 10, 64) // 0 where it is not set
		main()
	}
	os.Exit(m.Run())
}

// process is the command in a process of its own, and what it prints.
type process struct {
	*exec.Cmd
	t      *testing.T
	stdout *bufio.Reader
	pipe   io.Closer
	stderr bytes.Buffer
}

// start starts it; with a shell's line first, such as a trap, it goes through that shell.
func start(t *testing.T, shell string, args ...string) *process {
	t.Helper()
	args = append([]string{"-c", shell + ` exec "$0" "$@"`, os.Args[0]}, args...)
	p := &process{Cmd: exec.Command("sh", args...), t: t}
	p.Env = append(os.Environ(), asCommand+"=1")
	p.Stderr = &p.stderr
	pipe, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdout, p.pipe = bufio.NewReader(pipe), pipe
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill() }) // it has ended, where all is well
	return p
}

// line waits for a line. After the first, or with -json the second, there is something to keep.
func (p *process) line() {
	p.t.Helper()
	if _, err := p.stdout.ReadString('\n'); err != nil {
		p.t.Fatalf("%v: %s", err, p.stderr.String())
	}
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// ends reads what is printed, to the end, and then waits.
func (p *process) ends(code int, stderr string) {
	p.t.Helper()
	_, _ = io.Copy(io.Discard, p.stdout)
	p.wait(code, stderr)
}

// wait waits for the end. The code of a process that a signal has killed is -1.
func (p *process) wait(code int, stderr string) {
	p.t.Helper()
	_ = p.Wait()
	if got := p.ProcessState.ExitCode(); got != code || p.stderr.String() != stderr {
		p.t.Errorf("%v, %q; want exit %d, %q", p.ProcessState, p.stderr.String(), code, stderr)
	}
}

// endless are the flags of a training that only a signal ends; its outputs go to the folder.
func endless(t *testing.T, out string) []string {
	return []string{"-data", smallSet(t), "-hidden", "4", "-batch", "1", "-iters", "1000000000", "-out", out}
}

func written(t *testing.T, out string) {
	t.Helper()
	if err := output.Verify(out, commandName); err != nil {
		t.Error(err)
	}
	if _, err := train.OpenState(filepath.Join(out, checkpointFile)); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"model.safetensors", "history.csv", "loss.png", "accuracy.png"} {
		if info, err := os.Stat(filepath.Join(out, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSignals: the first signal stops a training, and its outputs are written; so do two at once, and a terminal's two.
func TestSignals(t *testing.T) {
	for _, signals := range [][]syscall.Signal{{syscall.SIGINT}, {syscall.SIGTERM}, {syscall.SIGHUP}, {syscall.SIGTERM, syscall.SIGINT}, {syscall.SIGHUP, syscall.SIGHUP}} {
		if signal.Ignored(signals[0]) {
			continue // and so it is in the command
		}
		out := t.TempDir()
		p := start(t, "", endless(t, out)...)
		p.line()
		for _, s := range signals {
			p.signal(s)
		}
		p.ends(exitInterrupted, "")
		written(t, out)
	}
}

// TestSecondSignal: it ends the command, which is in a step that does not end.
func TestSecondSignal(t *testing.T) {
	out := t.TempDir()
	p := start(t, "", append(endless(t, out), "-backend", "stuck")...)
	p.line() // of the first step
	p.line() // of the second one
	p.signal(syscall.SIGTERM)
	time.Sleep(2 * together)
	p.signal(syscall.SIGTERM)
	p.ends(exitInterrupted, "train: interrupted again: what was not written yet is lost\n")
	if files, err := os.ReadDir(out); len(files) > 0 {
		t.Errorf("%v, %v", files, err)
	}
}

// TestUnreadOutput: a command whose output nobody reads ends all the same, with its files.
func TestUnreadOutput(t *testing.T) {
	out := t.TempDir()
	p := start(t, "", append(endless(t, out), "-json", "-batch", "60")...) // a line each step
	p.line()
	p.line()
	time.Sleep(5 * together) // the pipe fills up; where it doesn't, this test sees less
	p.signal(syscall.SIGTERM)
	p.wait(exitInterrupted, "")
	written(t, out)
}

// TestIgnoredSignal: nohup holds.
func TestIgnoredSignal(t *testing.T) {
	out := t.TempDir()
	p := start(t, "trap '' HUP;", append(endless(t, out), "-iters", "3000")...)
	p.line()
	p.signal(syscall.SIGHUP)
	p.ends(exitOK, "")
	written(t, out)
}

// TestInterruptedReading: what waits for a pipe can be interrupted.
func TestInterruptedReading(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, "", "-load", pipe)
	w, err := os.OpenFile(pipe, os.O_WRONLY, 0) // returns when the command has opened it
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	p.signal(syscall.SIGTERM)
	p.ends(exitInterrupted, "train: interrupted before the first step: nothing is written\n")
}

// TestClosedOutput: a reader that goes, such as head, stops the printing and not the training.
func TestClosedOutput(t *testing.T) {
	for _, more := range []string{"-json=false", "-json"} {
		out := t.TempDir()
		p := start(t, "", append(endless(t, out), "-iters", "600", more)...)
		p.line()
		p.pipe.Close()
		p.wait(exitOK, "")
		written(t, out)
	}
}

// TestFullOutput: what could not be printed is an error; the outputs are written all the same.
func TestFullOutput(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no full device here:", err)
	}
	const want = "train: standard output: no space left on device: print to where there is room, or to /dev/null\n"
	for _, more := range []string{"-json=false", "-json"} {
		out := t.TempDir()
		p := start(t, "exec >/dev/full;", append(endless(t, out), "-iters", "60", more)...)
		p.ends(exitUsage, want)
		written(t, out)
	}
	start(t, "exec >/dev/full;", "-explain").ends(exitUsage, want)
	start(t, "exec >/dev/full;", "-gradcheck", "-iters", "0", "-hidden", "1").ends(exitUsage, want)
}
