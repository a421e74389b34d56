// Package backendtest holds every engine to the same arithmetic: the reference kernels of package ir.
package backendtest

import (
	"errors"
	"slices"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"
)

// check compares an engine with what it should do and returns what differs, so that the suite itself can be tested on
// engines that are broken on purpose.
type check struct {
	name string
	run  func(e backend.Engine) error
}

// skip is why a check says nothing of an engine.
type skip string

func (s skip) Error() string { return string(s) }

var arithmetic = []check{
	{"Ops", checkOps},
	{"LargeOps", checkLargeOps},
	{"Reductions", checkReductions},
	{"MatMul", checkMatMul},
	{"Views", checkViews},
	{"Chains", checkChains},
	{"Programs", checkPrograms},
	{"Layers", checkLayers},
	{"Profile", checkProfile},
	{"Extremes", checkExtremes},
	{"Aliasing", checkAliasing},
	{"SharedBuffers", checkSharedBuffers},
	{"SameBits", checkSameBits},
	{"Concurrent", checkConcurrent},
	{"HostErrors", checkHostErrors},
}

var memory = []check{
	{"Buffers", checkBuffers},
	{"Stages", checkStages},
	{"Bindings", checkBindings},
}

// Test runs the conformance suite on the engine that open starts.
func Test(t *testing.T, open func() (backend.Engine, error)) {
	runChecks(t, open, arithmetic)
	runChecks(t, open, memory)
}

// TestMemory runs the part of the suite that computes nothing.
func TestMemory(t *testing.T, open func() (backend.Engine, error)) { runChecks(t, open, memory) }

func runChecks(t *testing.T, open func() (backend.Engine, error), checks []check) {
	e := start(t, open)
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			err := c.run(e)
			if reason := skip(""); errors.As(err, &reason) {
				t.Skip(reason)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// warmUp is how many runs it takes, at most, until every thread has taken part in one.
const warmUp = 5

// TestNoAllocs holds an engine to the promise that a run allocates no memory of Go's, whatever the op.
func TestNoAllocs(t *testing.T, open func() (backend.Engine, error)) {
	if raceDetector {
		t.Skip("allocations are not counted: the race detector empties every sync.Pool now and then")
	}
	e := start(t, open)
	for _, c := range allocCases(e) {
		t.Run(c.name, func(t *testing.T) {
			if slices.ContainsFunc(c.unit.Program.Instrs, func(in ir.Instr) bool { return in.Op == ir.Host }) {
				t.Skip("the engine has no kernel for it: it runs on the host")
			}
			r, err := newRig(e, c.unit, c.in)
			if err != nil {
				t.Fatal(err)
			}
			defer r.close()
			run := func() {
				if err := r.exec.Run(); err != nil {
					t.Error(err)
				}
			}
			for range warmUp {
				run()
			}
			// counted over many runs: a thread that joins late brings its own few allocations, once
			if n := testing.AllocsPerRun(50, run); n > 0 {
				t.Errorf("%v allocations a run\n%v", n, c.unit)
			}
		})
	}
}

func start(t *testing.T, open func() (backend.Engine, error)) backend.Engine {
	t.Helper()
	e, err := open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}
