//go:build unix

package main

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stheno/stheno/train"
)

// TestKilledAndResumed: a training that writes its checkpoint after each iteration is killed with SIGKILL again and again, and each time
// goes on from what is there. No kill loses a checkpoint that had been written, and in the end the files are those of a training that
// nobody killed. With STHENO_LONG=1 there are 200 kills.
func TestKilledAndResumed(t *testing.T) {
	moment, kills, iters := moments(t), 5, "200"
	if long() {
		kills, iters = 200, "6000"
	}
	whole, out := t.TempDir(), t.TempDir()
	args := append(tinyRun(smallSet(t)), "-iters", iters, "-optimizer", "adam", "-dropout", "0.2", "-val", "0.2")
	if code, _, stderr := call(t, append(args, "-out", whole)...); code != exitOK {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	file := filepath.Join(out, checkpointFile)
	args = append(args, "-out", out, "-checkpoint-every", "1")
	done, written, saving := 0, 0, 0
	for killed := 0; killed < kills; {
		p := start(t, "", args...)
		if done == 0 {
			p.line()
		}
		time.Sleep(moment(150 * time.Millisecond))
		if err := p.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
		p.ended()
		if p.ProcessState.ExitCode() == exitOK {
			t.Logf("it came to its end after %d kills", killed)
			break
		}
		killed++
		if hidden, _ := filepath.Glob(filepath.Join(out, ".stheno-*")); len(hidden) > 0 {
			saving++
		}
		s, err := train.OpenState(file)
		switch {
		case err == nil && s.Iters() < done, err != nil && written > 0:
			t.Fatalf("kill %d: iteration %d was written, and lost: %v", killed, done, err)
		case err != nil: // before the first was written
			continue
		case s.Iters() > done:
			written++
		}
		done, args = s.Iters(), []string{"-resume", out}
	}
	if code, _, stderr := call(t, "-resume", out); code != exitOK {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	if got, want := left(t, out), left(t, whole); !maps.Equal(got, want) {
		t.Errorf("it leaves %.2000q, want %.2000q", got, want)
	}
	t.Logf("%d kills, %d while a checkpoint was written; %d runs came further; the last kill was after iteration %d of %s", kills, saving, written, done, iters)
}
