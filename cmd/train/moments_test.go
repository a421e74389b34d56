//go:build unix

package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stheno/stheno/internal/output"
	"github.com/stheno/stheno/models"
)

func long() bool { return os.Getenv("STHENO_LONG") == "1" }

// moments are random lengths of time.
func moments(t *testing.T) func(most time.Duration) time.Duration {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	return func(most time.Duration) time.Duration { return time.Duration(r.Int64N(int64(most))) }
}

// ended waits for the end of a process, and takes the time.
func (p *process) ended() time.Duration {
	began := time.Now()
	_, _ = io.Copy(io.Discard, p.stdout)
	_ = p.Wait()
	return time.Since(began)
}

// killing is a training, again and again from its own file into its own folder, that is killed.
type killing struct {
	*testing.T
	args      []string
	out, save string
	whole     time.Duration // of a run
	writing   time.Duration // of its last part, from the last epoch's line on
	cut       int           // sets that were found between two states
}

// train is a run that nobody kills.
func (k *killing) train() {
	k.Helper()
	began := time.Now()
	p := start(k.T, "", k.args...)
	p.line()
	k.writing = p.ended()
	k.whole = time.Since(began)
	if p.ProcessState.ExitCode() != exitOK {
		k.Fatalf("%v: %s", p.ProcessState, p.stderr.String())
	}
	k.check()
	for _, dir := range []string{k.out, filepath.Dir(k.save)} {
		if hidden, err := filepath.Glob(filepath.Join(dir, ".*")); len(hidden) > 0 {
			k.Errorf("left over: %v, %v", hidden, err)
		}
	}
}

// check looks at what is there: whole files, all of one run, be it that the next run has to move the last ones.
func (k *killing) check() {
	k.Helper()
	if _, err := models.Open(k.save); err != nil {
		k.Error(err)
	}
	if output.Verify(k.out, commandName) != nil {
		k.cut++
	}
	k.checkMix()
	f, err := output.OpenFolder(commandName, "out", k.out)
	if err != nil {
		k.Fatal(err)
	}
	f.Close()
	if err := output.Verify(k.out, commandName); err != nil {
		k.Error(err)
	}
	if _, err := models.Open(filepath.Join(k.out, modelFile)); err != nil {
		k.Error(err)
	}
}

// checkMix looks whether the files that are there are all those of one run, by what tells of the one before or of the new one.
func (k *killing) checkMix() {
	k.Helper()
	stage := filepath.Join(k.out, "."+commandName+".set")
	for _, manifest := range []string{filepath.Join(k.out, output.Manifest(commandName)), filepath.Join(stage, output.Manifest(commandName)), filepath.Join(stage, "old."+output.Manifest(commandName))} {
		text, err := os.ReadFile(manifest)
		if err != nil {
			continue
		}
		same := true
		for _, f := range outFiles {
			content, err := os.ReadFile(filepath.Join(k.out, f.name))
			named := strings.Contains(string(text), fmt.Sprintf("%x  %s\n", sha256.Sum256(content), f.name))
			same = same && (named || err != nil && f.name != modelFile)
		}
		if same {
			return
		}
	}
	k.Error("a mix of files")
}

// TestKilled: a kill at any moment damages no file and mixes no sets, and the next run goes on from there. Half of the moments are
// when the outputs are drawn and written. With STHENO_LONG=1 it is 200 kills of the chapter's job.
func TestKilled(t *testing.T) {
	dir, moment, kills := t.TempDir(), moments(t), 6
	k := &killing{T: t, out: filepath.Join(dir, "out"), save: filepath.Join(dir, "saved", "model")}
	if err := os.Mkdir(filepath.Dir(k.save), 0o755); err != nil {
		t.Fatal(err)
	}
	k.args = append(tinyRun(smallSet(t)), "-iters", "6")
	if long() {
		kills, k.args = 200, []string{"-iters", "600"}
	}
	k.args = append(k.args, "-out", k.out, "-save", k.save)
	k.train()
	k.args = append(k.args, "-load", k.save)
	k.train()
	writing := 0 // kills while a set was written
	for i := range kills {
		p := start(t, "", append(k.args, "-seed", strconv.Itoa(i))...)
		if i%2 == 0 {
			time.Sleep(moment(k.whole))
		} else {
			p.line()
			time.Sleep(moment(k.writing))
		}
		if err := p.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
		p.ended()
		if _, err := os.Stat(filepath.Join(k.out, "."+commandName+".set")); err == nil {
			writing++
		}
		k.check()
		if i%20 == 19 {
			k.train()
		}
	}
	k.train()
	t.Logf("%d kills, %d of them while a set was written, %d among its last renames; a run takes %v, %v of it after the first epoch",
		kills, writing, k.cut, k.whole, k.writing)
}

// interrupted is a training that is to be interrupted some times, within a time from its start.
type interrupted struct {
	name    string
	args    []string
	signals int
	within  time.Duration
}

// TestInterruptedAnywhere: a signal at any moment ends the command, with a set or with none. With STHENO_LONG=1 it is 50 signals, in
// all phases of large and of small trainings.
func TestInterruptedAnywhere(t *testing.T) {
	moment := moments(t)
	runs := []interrupted{{"small", append(tinyRun(smallSet(t), "-gradcheck"), "-iters", "20000"), 6, 300 * time.Millisecond}}
	if long() {
		runs = []interrupted{
			{"the chapter's job", nil, 15, 3 * time.Second},
			{"gradient check", []string{"-gradcheck", "-hidden", "100"}, 10, 5 * time.Second},
			{"huge batch", []string{"-hidden", "2000,1000", "-batch", "10000"}, 15, 20 * time.Second},
			{"deep", []string{"-hidden", strings.Repeat("100,", 60) + "100", "-activation", "relu", "-std", "0.1"}, 10, 5 * time.Second},
		}
	}
	for _, r := range runs {
		var worst time.Duration
		before := 0
		for range r.signals {
			out := filepath.Join(t.TempDir(), "out")
			p := start(t, "", append(r.args, "-out", out)...)
			at := moment(r.within)
			time.Sleep(at)
			if err := p.Process.Signal(syscall.SIGINT); err != nil && !errors.Is(err, os.ErrProcessDone) {
				t.Fatal(err)
			}
			took := p.ended()
			worst = max(worst, took)
			t.Logf("%s: SIGINT after %v: %v, %q, in %v", r.name, at, p.ProcessState, p.stderr.String(), took)
			switch _, err := os.Stat(filepath.Join(out, modelFile)); {
			case p.ProcessState.ExitCode() == -1: // before the process had begun to listen
				before++
			case p.ProcessState.ExitCode() != exitInterrupted && p.ProcessState.ExitCode() != exitOK:
				t.Errorf("%s: %v, %s", r.name, p.ProcessState, p.stderr.String())
			case p.stderr.Len() > 0:
				before++
			case err != nil || output.Verify(out, commandName) != nil:
				t.Errorf("%s: %v, %v", r.name, err, output.Verify(out, commandName))
			}
		}
		t.Logf("%s: %d signals, %d of them before the first step; at most %v to the end", r.name, r.signals, before, worst)
	}
}
