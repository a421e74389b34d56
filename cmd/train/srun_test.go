//go:build unix

package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stheno/stheno/dist/disttest"
)

// onSrun runs a test for each MPI that is there under Slurm's srun, with --mpi=none or, without, the --mpi that starts it, and skips, by
// name, where srun is not there or does not answer.
func onSrun(t *testing.T, none bool, test func(t *testing.T, l disttest.Launcher)) {
	onLaunchers(t, func(t *testing.T, l disttest.Launcher) {
		by := map[string]string{"Open MPI": "pmix", "MPICH": "pmi2"}[l.Name]
		if none {
			by = "none"
		}
		srun, missing := disttest.Srun(l.Name, by)
		if missing != "" {
			t.Skip(missing)
		}
		test(t, srun)
	})
}

// TestSrun: processes that srun has started train together, and what is wrong in all of them is told once.
func TestSrun(t *testing.T) {
	set := smallSet(t)
	onSrun(t, false, func(t *testing.T, l disttest.Launcher) {
		c, stdout, stderr := launched(t, l, 2, "-data", set, "-hidden", "6", "-batch", "16", "-iters", "40")
		if err := c.Run(); err != nil {
			t.Fatalf("%v: %s", err, stderr)
		}
		if got := strings.Count(stdout.String(), "loss: "); got != 1 {
			t.Errorf("2 processes print %d times:\n%s", got, stdout)
		}
		if lines := ours(stderr); len(lines) != 1 || !strings.HasPrefix(lines[0], "train: 2 processes train together over "+l.Name) {
			t.Errorf("2 processes say %q", lines)
		}
		c, _, stderr = launched(t, l, 2, "-mpi", "/nosuch.so")
		err := c.Run()
		if lines := ours(stderr); err == nil || len(lines) != 1 || c.ProcessState.ExitCode() != exitUsage {
			t.Errorf("%v, want one line: %s", err, stderr)
		}
	})
}

// TestSrunApart: where srun gives its processes nothing to find one another by, they say what to type, and none trains.
func TestSrunApart(t *testing.T) {
	libraries := map[string]string{"Open MPI": "libmpi.so.40", "MPICH": "libmpich.so.12"}
	onSrun(t, true, func(t *testing.T, l disttest.Launcher) {
		c, stdout, stderr := launched(t, l, 2, "-mpi", libraries[l.Name], "-iters", "10")
		err := c.Run()
		lines := ours(stderr)
		if err == nil || c.ProcessState.ExitCode() != exitUsage || len(lines) != 1 || !strings.Contains(lines[0], "start with srun --mpi=") || stdout.Len() > 0 {
			t.Errorf("%v, want one line that says what to type: %s%s", err, stdout, stderr)
		}
		for _, line := range strings.Split(strings.TrimSpace(stderr.String()), "\n") {
			if !strings.HasPrefix(line, "train: ") && !strings.HasPrefix(line, "srun: ") {
				t.Errorf("the library says %q", line)
			}
		}
	})
}

// TestSrunKill: when one of srun's processes is killed, all are gone soon, and one line tells.
func TestSrunKill(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	set := smallSet(t)
	onSrun(t, false, func(t *testing.T, l disttest.Launcher) {
		out := filepath.Join(t.TempDir(), "cut")
		c, _, stderr := launched(t, l, 3, "-data", set, "-hidden", "6", "-batch", "16", "-out", out, "-checkpoint-every", "5", "-eval-every", "1000000", "-iters", "1000000000")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		for until := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
			if _, err := os.Stat(filepath.Join(out, checkpointFile)); err == nil {
				break
			}
			if time.Now().After(until) {
				t.Fatalf("no checkpoint: %s", stderr)
			}
		}
		pids := workers(t, out)
		if len(pids) != 3 {
			t.Fatalf("%d processes, want 3: %s", len(pids), stderr)
		}
		killed := time.Now()
		if err := syscall.Kill(pids[r.IntN(3)], syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		for len(workers(t, out)) > 0 && time.Since(killed) < 10*time.Second {
			time.Sleep(10 * time.Millisecond)
		}
		t.Logf("gone after %v", time.Since(killed).Round(time.Millisecond))
		if left := workers(t, out); len(left) > 0 {
			t.Errorf("%d processes are there after 10 s", len(left))
		}
		if err := c.Wait(); err == nil {
			t.Error("the job ends as if all were well")
		}
		told := slices.DeleteFunc(ours(stderr), func(line string) bool { return strings.Contains(line, " train together over ") })
		if len(told) != 1 || !strings.Contains(told[0], " is gone") {
			t.Errorf("want one line that tells who is gone: %q", told)
		}
	})
}
