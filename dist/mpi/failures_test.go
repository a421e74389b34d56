//go:build !static && (darwin || (linux && (cgo || 386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64)))

package mpi

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stheno/stheno/dist/disttest"
)

// ends runs a role that goes wrong, by 4 processes, and holds that all of them are gone within 10 seconds.
func ends(t *testing.T, l disttest.Launcher, name string) (printed string, code int) {
	t.Helper()
	start := time.Now()
	out, err := command(t, l, 4, os.Args[0], name).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	pids := regexp.MustCompile(`process \d: pid (\d+)`).FindAllStringSubmatch(string(out), -1)
	if len(pids) != 4 {
		t.Fatalf("%d processes have said that they are there\n%s", len(pids), out)
	}
	for _, m := range pids {
		pid, _ := strconv.Atoi(m[1])
		for !gone(pid) {
			if time.Since(start) > 10*time.Second {
				t.Fatalf("process %d is there after 10 s\n%s", pid, out)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	if exit == nil {
		return string(out), 0
	}
	return string(out), exit.ExitCode()
}

// TestAKill: when a process is killed, nobody waits for it for ever. Open MPI's launcher leaves the others the time to say why; MPICH's
// kills them at once.
func TestAKill(t *testing.T) {
	eachLauncher(t, func(t *testing.T, l disttest.Launcher) {
		out, code := ends(t, l, "a kill")
		if code == 0 {
			t.Errorf("the launcher says that all is well\n%s", out)
		}
		if l.Name == "Open MPI" && !strings.Contains(out, ": process 3 is gone") {
			t.Errorf("no process says which one is gone\n%s", out)
		}
	})
}

// TestAnAbort: one process ends all.
func TestAnAbort(t *testing.T) {
	eachLauncher(t, func(t *testing.T, l disttest.Launcher) {
		if out, code := ends(t, l, "an abort"); code != 7 {
			t.Errorf("exit code %d, want 7\n%s", code, out)
		}
	})
}

// TestALeaver: a process that ends well, without Close, is missed too. MPICH's launcher can call that a success.
func TestALeaver(t *testing.T) {
	eachLauncher(t, func(t *testing.T, l disttest.Launcher) {
		if out, code := ends(t, l, "a leaver"); code == 0 && l.Name == "Open MPI" {
			t.Errorf("the launcher says that all is well\n%s", out)
		}
	})
}

// TestGone: a process is gone once it has ended, also before its parent asks.
func TestGone(t *testing.T) {
	if gone(os.Getpid()) {
		t.Error("this process is gone")
	}
	c := exec.Command(os.Args[0], "-test.run=^$")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for start := time.Now(); !gone(c.Process.Pid); time.Sleep(time.Millisecond) {
		if time.Since(start) > 10*time.Second {
			t.Fatal("a process that has ended is there")
		}
	}
	if err := c.Wait(); err != nil || !gone(c.Process.Pid) {
		t.Errorf("%v, gone: %v", err, gone(c.Process.Pid))
	}
}
