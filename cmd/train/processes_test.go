//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stheno/stheno/backend/cuda"
	"github.com/stheno/stheno/dist"
	"github.com/stheno/stheno/dist/disttest"
	"github.com/stheno/stheno/train"
)

// onLaunchers runs a test for the launcher of each MPI, and skips, by name, those that are not there.
func onLaunchers(t *testing.T, test func(t *testing.T, l disttest.Launcher)) {
	for _, l := range disttest.Launchers() {
		t.Run(l.Name, func(t *testing.T) {
			if why := l.Missing(); why != "" {
				t.Skip(why)
			}
			test(t, l)
		})
	}
}

// launched is the command as n processes.
func launched(t *testing.T, l disttest.Launcher, n int, args ...string) (c *exec.Cmd, stdout, stderr *bytes.Buffer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	c = l.Command(ctx, n, append([]string{os.Args[0]}, args...)...)
	c.Env = append(c.Env, asCommand+"=1")
	stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	c.Stdout, c.Stderr = stdout, stderr
	return c, stdout, stderr
}

// ours are the lines of this command among those of its launcher.
func ours(stderr *bytes.Buffer) (lines []string) {
	for _, line := range strings.Split(stderr.String(), "\n") {
		if strings.HasPrefix(line, "train: ") {
			lines = append(lines, line)
		}
	}
	return lines
}

// TestProcesses: 1, 2, 4 and 8 processes print once; with -parts their files are the same to the last bit; without, the accuracies are.
func TestProcesses(t *testing.T) {
	set := smallSet(t)
	flags := []string{"-data", set, "-hidden", "6", "-batch", "16", "-iters", "40", "-optimizer", "adam", "-batchnorm", "-dropout", "0.2", "-val", "0.2"}
	var want map[string][]byte
	onLaunchers(t, func(t *testing.T, l disttest.Launcher) {
		var accuracies string
		for _, n := range []int{1, 2, 4, 8} {
			out := filepath.Join(t.TempDir(), "out")
			c, stdout, stderr := launched(t, l, n, append(flags, "-parts", "8", "-out", out)...)
			if err := c.Run(); err != nil {
				t.Fatalf("%d processes: %v\n%s", n, err, stderr)
			}
			if got := strings.Count(stdout.String(), "loss: "); got != 1 {
				t.Errorf("%d processes print %d times:\n%s", n, got, stdout)
			}
			if lines := ours(stderr); n > 1 != (len(lines) == 1) || n > 1 && !strings.HasPrefix(lines[0], fmt.Sprintf("train: %d processes train together over %s", n, l.Name)) {
				t.Errorf("%d processes say %q", n, lines)
			}
			got := map[string][]byte{}
			for _, name := range []string{modelFile, checkpointFile, "history.csv"} {
				content, err := os.ReadFile(filepath.Join(out, name))
				if err != nil {
					t.Fatal(err)
				}
				got[name] = content
			}
			if want == nil {
				want = got
			}
			for name, content := range got {
				if !bytes.Equal(content, want[name]) {
					t.Errorf("%d processes leave another %s", n, name)
				}
			}
			if n > 4 {
				continue
			}
			c, stdout, stderr = launched(t, l, n, "-data", set, "-hidden", "6", "-batch", "16", "-iters", "40")
			if err := c.Run(); err != nil {
				t.Fatalf("%d processes: %v\n%s", n, err, stderr)
			}
			lines := strings.Split(strings.TrimSpace(stdout.String()), "\n")
			now := strings.Join(lines[:len(lines)-1], "\n") // the last has times
			if accuracies == "" {
				accuracies = now
			}
			if now != accuracies {
				t.Errorf("%d processes:\n%s\nwant\n%s", n, now, accuracies)
			}
		}
	})
}

// TestProcessErrors: what is wrong in all processes is told once, in one line.
func TestProcessErrors(t *testing.T) {
	onLaunchers(t, func(t *testing.T, l disttest.Launcher) {
		for _, c := range []struct {
			args []string
			want string
		}{
			{[]string{"-batch", "1"}, "train: -batch 1: 2 processes need a sample each: give -batch 2, or start fewer"},
			{[]string{"-parts", "1"}, "train: -parts 1: the processes share them evenly"},
			{[]string{"-parts", "3"}, "train: -parts 3: a power of two is wanted"},
			{[]string{"-hidden", "x"}, `train: -hidden "x"`},
			{[]string{"-load", "/nowhere"}, "train: -load: /nowhere"},
			{[]string{"-mpi", "/nosuch.so"}, "train: -mpi /nosuch.so: no MPI library can be loaded"},
		} {
			cmd, stdout, stderr := launched(t, l, 2, append(c.args, "-iters", "10")...)
			err := cmd.Run()
			if lines := ours(stderr); err == nil || len(lines) != 1 || !strings.HasPrefix(lines[0], c.want) || strings.Contains(stderr.String(), "goroutine ") {
				t.Errorf("%v: %v, %q, want one line: %s", c.args, err, lines, c.want)
			}
			if stdout.Len() > 0 && strings.Contains(stdout.String(), "acc:") {
				t.Errorf("%v: it trains: %s", c.args, stdout)
			}
		}
	})
}

// TestKilledProcess: when a process is killed, at any moment, all are gone soon, the last checkpoint is whole, and who goes on from it, with
// another number of processes, comes to the bits of a training that was not cut. With STHENO_LONG=1 there are 20 kills.
func TestKilledProcess(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	rounds := 1
	if os.Getenv("STHENO_LONG") == "1" {
		rounds = 10 // of each launcher
	}
	set := smallSet(t)
	flags := func(out string, iters int) []string {
		return []string{"-data", set, "-hidden", "6", "-batch", "16", "-parts", "4", "-optimizer", "adam", "-out", out, "-checkpoint-every", "5", "-eval-every", "1000000", "-iters", strconv.Itoa(iters)}
	}
	onLaunchers(t, func(t *testing.T, l disttest.Launcher) {
		for range rounds {
			out := filepath.Join(t.TempDir(), "cut")
			c, _, stderr := launched(t, l, 4, flags(out, 1<<30)...)
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(out, checkpointFile)
			for until := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
				if _, err := os.Stat(file); err == nil {
					break
				}
				if time.Now().After(until) {
					t.Fatalf("no checkpoint: %s", stderr)
				}
			}
			time.Sleep(time.Duration(r.IntN(300)) * time.Millisecond)
			pids := workers(t, out)
			if len(pids) != 4 {
				t.Fatalf("%d processes, want 4: %s", len(pids), stderr)
			}
			killed := time.Now()
			p, err := os.FindProcess(pids[r.IntN(4)])
			if err == nil {
				err = p.Kill()
			}
			if err != nil {
				t.Fatal(err)
			}
			for len(workers(t, out)) > 0 && time.Since(killed) < 10*time.Second {
				time.Sleep(10 * time.Millisecond)
			}
			if left := workers(t, out); len(left) > 0 {
				t.Errorf("%d processes are there after 10 s", len(left))
			}
			t.Logf("gone after %v", time.Since(killed).Round(time.Millisecond))
			if err := c.Wait(); err == nil {
				t.Error("the job ends as if all were well")
			}
			lines := ours(stderr)[1:] // behind how many there are
			told := len(lines) == 1 && strings.Contains(lines[0], " is gone")
			if !told && (l.Name == "Open MPI" || len(lines) > 0) { // MPICH's launcher kills the others at once, and tells itself
				t.Errorf("want one line that tells who is gone: %q", lines)
			}
			s, err := train.OpenState(file)
			if err != nil {
				t.Fatal(err)
			}
			goesOn(t, l, out, s.Iters()+20, flags)
		}
	})
}

// goesOn resumes a training with two processes, and holds what it leaves to a training that was not cut.
func goesOn(t *testing.T, l disttest.Launcher, out string, total int, flags func(out string, iters int) []string) {
	t.Helper()
	next, _, stderr := launched(t, l, 2, "-resume", out, "-iters", strconv.Itoa(total))
	if err := next.Run(); err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	whole := filepath.Join(t.TempDir(), "whole")
	one, _, stderr := launched(t, l, 1, flags(whole, total)...)
	if err := one.Run(); err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	for _, name := range []string{modelFile, "history.csv"} {
		a, errA := os.ReadFile(filepath.Join(out, name))
		b, errB := os.ReadFile(filepath.Join(whole, name))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s is another than that of a training without the kill (%v, %v)", name, errA, errB)
		}
	}
}

// watched is one of three processes, some of which are gone.
type watched struct {
	dist.Group
	rank  int
	lost  []int
	ended func(rank int, how string)
}

func (w *watched) Rank() int                 { return w.rank }
func (w *watched) Lost() []int               { return w.lost }
func (w *watched) Watch(f func(int, string)) { w.ended = f }
func (w *watched) Abort(int)                 {}
func (w *watched) end(rank int, how string)  { w.lost = append(w.lost, rank); w.ended(rank, how) }

// TestWatch: that a process was killed is told by the first of those that are there, and by no other when that one has ended too.
func TestWatch(t *testing.T) {
	stopped := make(chan struct{})
	close(stopped)
	for rank, want := range map[int]int{0: 1, 1: 0} {
		w := &watched{Group: dist.Alone(), rank: rank}
		p, told := processes{Group: w}, 0
		tell := func(error) { told++ }
		p.watch(tell)
		w.end(2, "signal 9")
		w.end(1-rank, "failed")
		p.failed(errUnlike, exitUsage, stopped, tell)
		if told != want {
			t.Errorf("process %d tells %d times, want %d", rank, told, want)
		}
	}
}

// workers are the processes of the command that have this text among their arguments.
func workers(t *testing.T, text string) (pids []int) {
	t.Helper()
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil || len(dirs) == 0 {
		t.Skip("there is no /proc to find processes in")
	}
	for _, dir := range dirs {
		line, _ := os.ReadFile(filepath.Join(dir, "cmdline")) // a process may be gone by now
		if args := strings.Split(string(line), "\x00"); args[0] == os.Args[0] && strings.Contains(string(line), text) {
			pid, _ := strconv.Atoi(filepath.Base(dir))
			pids = append(pids, pid)
		}
	}
	return pids
}

func TestThreadsOf(t *testing.T) {
	for _, c := range [][4]int{{2, 2, 1, 2}, {2, 2, 2, 1}, {1, 2, 2, 1}, {2, 2, 8, 1}, {64, 64, 4, 16}, {32, 64, 2, 32}, {1, 64, 64, 1}, {8, 64, 64, 1}} {
		if got := threadsOf(c[0], c[1], c[2]); got != c[3] {
			t.Errorf("%d of %d cores, %d processes: %d threads, want %d", c[0], c[1], c[2], got, c[3])
		}
	}
	if online() < 1 {
		t.Error("no core is there")
	}
}

// place is a group of so many processes on this machine.
type place struct {
	dist.Group
	rank, size int
}

func (p place) Machine() (rank, size int) { return p.rank, p.size }

// TestOneGPU: each process of a machine has a number of its own; what the user has chosen, and a process alone, are left as they are.
func TestOneGPU(t *testing.T) {
	for _, c := range []struct {
		before     string
		rank, size int
		want       string
	}{{"", 0, 1, ""}, {"", 2, 4, "2"}, {"", 0, 2, "0"}, {"5", 1, 2, "5"}} {
		t.Setenv(cuda.GPU, c.before)
		oneGPU(place{dist.Alone(), c.rank, c.size})
		if got := os.Getenv(cuda.GPU); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}
