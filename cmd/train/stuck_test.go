package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/internal/output"
)

// stuckEngines are engines whose training steps do not end, after some that take at least so long.
var stuckEngines = map[string][]time.Duration{
	"slow":  {2 * slowStep},
	"stuck": {0},
	"then":  {2 * slowStep, 0},
}

// atStep says that a step has begun which does not end.
var atStep = make(chan struct{}, len(stuckEngines))

func init() {
	for name, steps := range stuckEngines {
		backend.Register(name, func() (backend.Engine, error) {
			e, err := backend.Open("go")
			return stuckEngine{e, steps}, err
		})
	}
}

type stuckEngine struct {
	backend.Engine
	steps []time.Duration
}

func (e stuckEngine) Compile(u *backend.Unit, bind map[string]backend.Buffer) (backend.Exec, error) {
	x, err := e.Engine.Compile(u, bind)
	if u.Program.Name != "step" {
		return x, err
	}
	return &stuckExec{x, e.steps}, err
}

type stuckExec struct {
	backend.Exec
	steps []time.Duration
}

func (x *stuckExec) Run() error {
	if len(x.steps) == 0 {
		atStep <- struct{}{}
		select {}
	}
	time.Sleep(x.steps[0])
	x.steps = x.steps[1:]
	return x.Exec.Run()
}

// TestStuckStep: a step that goes on is not waited for. What is written is the state after the last one; of steps that were fast
// until then, after the last that was kept, and that at the second signal only.
func TestStuckStep(t *testing.T) {
	for _, c := range []struct {
		engine string
		again  bool // a second signal
		stdout string
		stderr string
	}{
		{"slow", false, "interrupted after 1 of 1000 iterations\n", ""},
		{"then", true, "interrupted after 1 of 1000 iterations\n", ""},
		{"stuck", true, "", "train: interrupted again: what was not written yet is lost\n"},
	} {
		out := filepath.Join(t.TempDir(), "out")
		first, stop := context.WithCancel(t.Context())
		again, leave := context.WithCancel(t.Context())
		go func() {
			<-atStep
			stop()
			if c.again {
				leave()
			}
		}()
		var stdout, stderr strings.Builder
		code := run(signals{first, again}, []string{"-data", smallSet(t), "-hidden", "4", "-batch", "10", "-iters", "1000", "-out", out, "-backend", c.engine}, &stdout, &stderr)
		leave()
		if code != exitInterrupted || !strings.Contains(stdout.String(), c.stdout) || stderr.String() != c.stderr {
			t.Errorf("%s: exit %d, %q, %q", c.engine, code, stdout.String(), stderr.String())
		}
		if c.stdout == "" {
			continue
		}
		if err := output.Verify(out, commandName); err != nil {
			t.Errorf("%s: %v", c.engine, err)
		}
		if rows, err := os.ReadFile(filepath.Join(out, "history.csv")); strings.Count(string(rows), "\n") != 2 {
			t.Errorf("%s: %q, %v", c.engine, rows, err)
		}
	}
}
