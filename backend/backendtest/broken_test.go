package backendtest

import (
	"slices"
	"testing"
	"time"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"
	"github.com/stheno/stheno/ir"
)

// The suite must find what is wrong with a broken engine. Each fault here is put into a working one.

// faulty is the engine "go" with a fault in what it compiles, or in its memory.
type faulty struct {
	backend.Engine
	exec   func(x backend.Exec, u *backend.Unit, bind map[string]backend.Buffer) backend.Exec
	alloc  func(b backend.Buffer) backend.Buffer
	unbind bool // gives memory of its own to inputs that have none
}

func (f faulty) Compile(u *backend.Unit, bind map[string]backend.Buffer) (backend.Exec, error) {
	own := map[string]backend.Buffer{}
	for name, b := range bind {
		if l, ok := b.(lax); ok {
			b = l.Buffer
		}
		own[name] = b
	}
	if f.unbind {
		for i := range u.Program.Instrs {
			if in := u.Program.At(ir.ID(i)); in.Op == ir.Input {
				own[in.Name], _ = f.Engine.Alloc(u.Program.DType, in.Shape.Size())
			}
		}
	}
	x, err := f.Engine.Compile(u, own)
	if err != nil || f.exec == nil {
		return x, err
	}
	return f.exec(x, u, own), nil
}

func (f faulty) Alloc(dt ir.DType, n int) (backend.Buffer, error) {
	b, err := f.Engine.Alloc(dt, n)
	if err != nil || f.alloc == nil {
		return b, err
	}
	return f.alloc(b), nil
}

// spoiled is a program that does something wrong at the end of each run.
type spoiled struct {
	backend.Exec
	spoil func(err error) error // gets the run's error and gives the one to return
}

func (s spoiled) Run() error { return s.spoil(s.Exec.Run()) }

func (s spoiled) Poison() { s.Exec.(backend.Poisoner).Poison() }

func (s spoiled) Profile() ([]time.Duration, error) {
	times, err := s.Exec.(backend.Profiler).Profile()
	return times, s.spoil(err)
}

// stale is a program that from the second run on leaves the last element of its outputs as it was.
type stale struct {
	backend.Exec
	unit   *backend.Unit
	ran    bool
	poison bool // it lets itself be poisoned
}

func (s *stale) Run() error {
	held := make([]float64, len(s.unit.Program.Outputs))
	for i := range held {
		change(s.Output(i), func(x float64) float64 { held[i] = x; return x })
	}
	err := s.Exec.Run()
	for i := range held {
		if s.ran {
			change(s.Output(i), func(float64) float64 { return held[i] })
		}
	}
	s.ran = true
	return err
}

func (s *stale) Poison() {
	if s.poison {
		s.Exec.(backend.Poisoner).Poison()
	}
}

// lax is a buffer that takes any slice.
type lax struct{ backend.Buffer }

func (l lax) Write(src any) error { l.Buffer.Write(src); return nil }
func (l lax) Read(dst any) error  { l.Buffer.Read(dst); return nil }

// late is a buffer that remembers what it was to copy.
type late struct {
	backend.Buffer
	n    int
	from any
}

func (l *late) Stage() any          { return make([]float32, l.n) }
func (l *late) Write(src any) error { l.from = src; return nil }

func (l *late) Read(dst any) error {
	if err := l.Buffer.Write(l.from); err != nil {
		return err
	}
	return l.Buffer.Read(dst)
}

// nudge changes the last element of a buffer.
func nudge(b backend.Buffer, by float64) { change(b, func(x float64) float64 { return x + by }) }

// change sets the last element of a buffer to what f makes of it.
func change(b backend.Buffer, f func(x float64) float64) {
	switch s := b.Host().(type) {
	case []float32:
		if n := len(s); n > 0 {
			s[n-1] = float32(f(float64(s[n-1])))
		}
	case []float64:
		if n := len(s); n > 0 {
			s[n-1] = f(s[n-1])
		}
	}
}

// spoil makes an engine whose programs end each run with f.
func spoil(f func(run int, err error, x backend.Exec, u *backend.Unit, bind map[string]backend.Buffer) error) faulty {
	return faulty{exec: func(x backend.Exec, u *backend.Unit, bind map[string]backend.Buffer) backend.Exec {
		run := 0
		return spoiled{x, func(err error) error {
			run++
			return f(run, err, x, u, bind)
		}}
	}}
}

// keeps makes an engine whose programs are stale.
func keeps(poison bool) faulty {
	return faulty{exec: func(x backend.Exec, u *backend.Unit, _ map[string]backend.Buffer) backend.Exec {
		return &stale{Exec: x, unit: u, poison: poison}
	}}
}

func TestSuiteFindsFaults(t *testing.T) {
	computes := []string{"Ops", "LargeOps", "Reductions", "MatMul", "Views", "Chains", "Programs", "Layers", "Profile", "Extremes", "Aliasing",
		"SharedBuffers", "Concurrent"}
	found := map[string]bool{}
	for _, c := range []struct {
		fault string
		by    []string // the checks that must report it
		e     faulty
	}{
		{"one output is off", computes, spoil(func(_ int, err error, x backend.Exec, u *backend.Unit, _ map[string]backend.Buffer) error {
			if n := len(u.Program.Outputs); n > 0 {
				nudge(x.Output(n-1), 0.01)
			}
			return err
		})},
		{"every other run is off by a little", []string{"SameBits"}, spoil(func(run int, err error, x backend.Exec, u *backend.Unit, _ map[string]backend.Buffer) error {
			if len(u.Program.Outputs) > 0 && run%2 == 0 {
				nudge(x.Output(0), 1e-6)
			}
			return err
		})},
		{"the third run is off", []string{"Ops", "LargeOps", "Reductions", "MatMul", "Views", "Chains", "Programs", "Layers", "SharedBuffers"}, spoil(func(run int, err error, x backend.Exec, u *backend.Unit, _ map[string]backend.Buffer) error {
			if n := len(u.Program.Outputs); n > 0 && run == 3 {
				nudge(x.Output(n-1), 0.01)
			}
			return err
		})},
		{"only the first run writes an element", []string{"Ops", "MatMul", "Views"}, keeps(true)},
		{"an input is written to", []string{"Ops", "Programs", "Aliasing", "SharedBuffers"}, spoil(func(_ int, err error, _ backend.Exec, _ *backend.Unit, bind map[string]backend.Buffer) error {
			for _, b := range bind {
				nudge(b, 0.01)
			}
			return err
		})},
		{"errors are lost", []string{"HostErrors"}, spoil(func(int, error, backend.Exec, *backend.Unit, map[string]backend.Buffer) error { return nil })},
		{"inputs are not shared", []string{"SharedBuffers", "Bindings", "Aliasing"}, faulty{unbind: true}},
		{"slices are not checked", []string{"Buffers"}, faulty{alloc: func(b backend.Buffer) backend.Buffer { return lax{b} }}},
		{"a write reads its slice later", []string{"Stages"}, faulty{alloc: func(b backend.Buffer) backend.Buffer {
			host, _ := b.Host().([]float32)
			return &late{Buffer: b, n: len(host)}
		}}},
	} {
		t.Run(c.fault, func(t *testing.T) {
			e, err := backend.Open("go")
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			c.e.Engine = e
			for _, check := range slices.Concat(arithmetic, memory) {
				if !slices.Contains(c.by, check.name) {
					continue
				}
				found[check.name] = true
				if check.run(c.e) == nil {
					t.Errorf("the check %s does not see it", check.name)
				}
			}
		})
	}
	for _, check := range slices.Concat(arithmetic, memory) {
		if !found[check.name] {
			t.Errorf("no fault shows that the check %s can fail", check.name)
		}
	}
}

// TestOnlyPoisonFindsFault: without poison, an element that only the first run writes is right.
func TestOnlyPoisonFindsFault(t *testing.T) {
	e, err := backend.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	broken := keeps(false)
	broken.Engine = e
	if err := checkMatMul(broken); err != nil {
		t.Error(err)
	}
}
