package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/internal/output"
	"github.com/stheno/stheno/train"
)

// script is which states are kept, and how long the first runs of a program take at least; those after them do not end.
type script struct {
	keep []bool
	runs map[string][]time.Duration // by the name of the program; without one it runs as usual
}

const fast, late = 0, 2 * patience

var scripts = map[string]script{
	"kept":   {[]bool{true}, map[string][]time.Duration{"step": {fast}}},
	"older":  {[]bool{true}, map[string][]time.Duration{"step": {fast, fast}}},
	"waits":  {[]bool{true}, map[string][]time.Duration{"step": {fast, fast, late}}},
	"scores": {[]bool{true}, map[string][]time.Duration{"scores": {fast}}},
	"stuck":  {nil, map[string][]time.Duration{"step": {fast}}},
}

// tooLong says that a run has begun which takes longer than a signal waits.
var tooLong = make(chan struct{}, len(scripts))

// init registers an engine for each script.
func init() {
	for name, s := range scripts {
		backend.Register(name, func() (backend.Engine, error) {
			keep := s.keep
			worthKeeping = func(_, _, _ time.Duration) bool {
				if len(keep) == 0 {
					return false
				}
				defer func() { keep = keep[1:] }()
				return keep[0]
			}
			e, err := backend.Open("go")
			return scriptedEngine{e, s}, err
		})
	}
}

type scriptedEngine struct {
	backend.Engine
	script
}

func (e scriptedEngine) Compile(u *backend.Unit, bind map[string]backend.Buffer) (backend.Exec, error) {
	x, err := e.Engine.Compile(u, bind)
	if runs, ok := e.runs[u.Program.Name]; ok {
		return &scriptedExec{x, runs}, err
	}
	return x, err
}

type scriptedExec struct {
	backend.Exec
	runs []time.Duration
}

func (x *scriptedExec) Run() error {
	if len(x.runs) == 0 {
		tooLong <- struct{}{}
		select {}
	}
	takes := x.runs[0]
	if x.runs = x.runs[1:]; takes == late {
		tooLong <- struct{}{}
	}
	time.Sleep(takes)
	return x.Exec.Run()
}

// TestWorthKeeping: slow steps are, unless that would take too much of the time.
func TestWorthKeeping(t *testing.T) {
	for _, c := range []struct {
		step, since, effort time.Duration
		want                bool
	}{
		{slowStep, time.Hour, 0, false},
		{slowStep + 1, time.Hour, 0, true},
		{time.Second, time.Second, time.Second / keepShare, false},
		{time.Second, time.Second + keepShare, time.Second / keepShare, true},
	} {
		if got := worthKeeping(c.step, c.since, c.effort); got != c.want {
			t.Errorf("%v: %v", c, got)
		}
	}
}

// TestStuck: a step or an evaluation that goes on is not waited for. What is written is the state after the last step; of steps that
// were fast until then, after the last that was kept, and that at the second signal only.
func TestStuck(t *testing.T) {
	defer func(real func(_, _, _ time.Duration) bool) { worthKeeping = real }(worthKeeping)
	for _, c := range []struct {
		engine string
		again  bool // a second signal
		steps  int  // that are written
		files  int
	}{
		{"kept", false, 1, 4},
		{"older", true, 1, 2}, // in a hurry
		{"waits", false, 3, 4},
		{"scores", false, 1, 3}, // there is no accuracy yet
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
		if code != exitInterrupted || stderr.Len() > 0 || !strings.Contains(stdout.String(), want) {
			t.Errorf("%s: exit %d, %q, %q", c.engine, code, stdout.String(), stderr.String())
		}
		for i, f := range outFiles {
			if _, err := os.Stat(filepath.Join(out, f.name)); (err == nil) != (i < c.files) {
				t.Errorf("%s: %s: %v", c.engine, f.name, err)
			}
		}
		if err := output.Verify(out, commandName); err != nil {
			t.Errorf("%s: %v", c.engine, err)
		}
		if s, err := train.OpenState(filepath.Join(out, checkpointFile)); err != nil || s.Iters() != c.steps {
			t.Errorf("%s: the checkpoint: %v", c.engine, err)
		}
		if rows, err := os.ReadFile(filepath.Join(out, "history.csv")); strings.Count(string(rows), "\n") != 1+c.steps {
			t.Errorf("%s: %q, %v", c.engine, rows, err)
		}
	}
}
