package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/internal/output"
)

// script is how long the first runs of a program take at least; those after them do not end.
type script []time.Duration

const slow, fast, late = 2 * slowStep, 0, 2 * patience

// stuckEngines are engines with scripts for their programs, by name. Programs without one run as usual.
var stuckEngines = map[string]map[string]script{
	"slow":   {"step": {slow}},
	"stuck":  {"step": {fast}},
	"then":   {"step": {slow, fast}},
	"waits":  {"step": {slow, fast, late}},
	"scores": {"step": {slow}, "scores": {fast}},
}

// tooLong says that a run has begun which takes longer than a signal waits.
var tooLong = make(chan struct{}, len(stuckEngines))

func init() {
	for name, scripts := range stuckEngines {
		backend.Register(name, func() (backend.Engine, error) {
			e, err := backend.Open("go")
			return stuckEngine{e, scripts}, err
		})
	}
}

type stuckEngine struct {
	backend.Engine
	scripts map[string]script
}

func (e stuckEngine) Compile(u *backend.Unit, bind map[string]backend.Buffer) (backend.Exec, error) {
	x, err := e.Engine.Compile(u, bind)
	if s, ok := e.scripts[u.Program.Name]; ok {
		return &stuckExec{x, s}, err
	}
	return x, err
}

type stuckExec struct {
	backend.Exec
	script script
}

func (x *stuckExec) Run() error {
	if len(x.script) == 0 {
		tooLong <- struct{}{}
		select {}
	}
	takes := x.script[0]
	if x.script = x.script[1:]; takes == late {
		tooLong <- struct{}{}
	}
	time.Sleep(takes)
	return x.Exec.Run()
}

// TestStuck: a step or an evaluation that goes on is not waited for. What is written is the state after the last step; of steps that
// were fast until then, after the last that was kept, and that at the second signal only.
func TestStuck(t *testing.T) {
	for _, c := range []struct {
		engine string
		again  bool // a second signal
		steps  int  // that are written
		files  []string
		stderr string
	}{
		{"slow", false, 1, []string{modelFile, "history.csv", "loss.png", "accuracy.png"}, ""},
		{"then", true, 1, []string{modelFile, "history.csv", "loss.png", "accuracy.png"}, ""},
		{"waits", false, 3, []string{modelFile, "history.csv", "loss.png", "accuracy.png"}, ""},
		{"scores", false, 1, []string{modelFile, "history.csv", "loss.png"}, ""},
		{"stuck", true, 0, nil, "train: interrupted again: what was not written yet is lost\n"},
	} {
		out := filepath.Join(t.TempDir(), "out")
		first, stop := context.WithCancel(t.Context())
		again, leave := context.WithCancel(t.Context())
		go func() {
			<-tooLong
			stop()
			if c.again {
				leave()
			}
		}()
		var stdout, stderr strings.Builder
		code := run(signals{first, again}, []string{"-data", smallSet(t), "-hidden", "4", "-batch", "10", "-iters", "1000", "-out", out, "-backend", c.engine}, &stdout, &stderr)
		leave()
		want := fmt.Sprintf("interrupted after %d of 1000 iterations\n", c.steps)
		if code != exitInterrupted || stderr.String() != c.stderr || c.steps > 0 && !strings.Contains(stdout.String(), want) {
			t.Errorf("%s: exit %d, %q, %q", c.engine, code, stdout.String(), stderr.String())
		}
		for _, f := range outFiles {
			if _, err := os.Stat(filepath.Join(out, f.name)); (err == nil) != slices.Contains(c.files, f.name) {
				t.Errorf("%s: %s: %v", c.engine, f.name, err)
			}
		}
		if c.steps == 0 {
			continue
		}
		if err := output.Verify(out, commandName); err != nil {
			t.Errorf("%s: %v", c.engine, err)
		}
		if rows, err := os.ReadFile(filepath.Join(out, "history.csv")); strings.Count(string(rows), "\n") != 1+c.steps {
			t.Errorf("%s: %q, %v", c.engine, rows, err)
		}
	}
}
