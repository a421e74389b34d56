package graph

import (
	"errors"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/backendtest"
	"github.com/stheno/stheno/ir"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// square is a graph with a parameter and an input.
func square() (spec Spec, x *G.Node) {
	g := G.NewGraph()
	x = G.NewVector(g, G.Float64, G.WithShape(3), G.WithName("x"))
	w := G.NewVector(g, G.Float64, G.WithShape(3), G.WithName("w"), G.WithInit(G.Ones()))
	y := G.Must(G.HadamardProd(x, w))
	return Spec{Name: "square", Inputs: G.Nodes{x}, Params: G.Nodes{w}, Outputs: G.Nodes{y}}, x
}

// A store frees what it has given out, its programs and the engine's memory, whatever the caller has closed of it before.
func TestStoreFreesAll(t *testing.T) {
	e := backendtest.NoLeaks(t, openGo(t))
	s := NewStore(e)
	spec, x := square()
	one, err := s.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	spec.Name = "other"
	two, err := s.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	w := s.Var("w")
	two.Close()
	if b, p := e.Live(); b != 2 || p != 1 {
		t.Errorf("%d buffers and %d programs are live, want x, w and one program", b, p)
	}
	s.Close()
	s.Close()
	if err := one.Run(); err == nil || err.Error() != "program square is closed" {
		t.Errorf("a run after the store is closed: %v", err)
	}
	for _, v := range []*Var{w, one.VarOf(x)} {
		if err := v.SetFloats([]float64{1, 2, 3}); !errors.Is(err, errStoreClosed) {
			t.Errorf("%s can be set after its store is closed: %v", v.Name, err)
		}
	}
	if _, err := w.Floats(); !errors.Is(err, errStoreClosed) {
		t.Errorf("w can be read after its store is closed: %v", err)
	}
	if _, err := s.Compile(spec); !errors.Is(err, errStoreClosed) {
		t.Errorf("a closed store compiles: %v", err)
	}
}

// An input goes with the last program that reads it; a parameter stays.
func TestInputsGoWithTheirPrograms(t *testing.T) {
	e := backendtest.NoLeaks(t, openGo(t))
	s := NewStore(e)
	defer s.Close()
	spec, x := square()
	compile := func() *Executable {
		p, err := s.Compile(spec)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	live := func(when string, buffers, programs int) {
		t.Helper()
		if b, p := e.Live(); b != buffers || p != programs {
			t.Errorf("%s: %d buffers and %d programs are live, want %d and %d", when, b, p, buffers, programs)
		}
	}
	one := compile()
	const arena, input = 16 * 8, 3 * 8 // bytes
	if n := one.Bytes(); n != arena+input {
		t.Errorf("alone the program has %d bytes, want %d", n, arena+input)
	}
	two := compile()
	if n := one.Bytes() + two.Bytes(); n != 2*arena+input {
		t.Errorf("two programs with one input have %d bytes, want %d", n, 2*arena+input)
	}
	one.Close()
	one.Close()
	live("one is closed", 2, 1)
	if n := two.Bytes(); n != arena+input || one.Bytes() != 0 {
		t.Errorf("the program that is left has %d bytes, the closed one %d; want %d and 0", n, one.Bytes(), arena+input)
	}
	if err := errors.Join(s.Var("w").SetFloats([]float64{4, 5, 6}), two.VarOf(x).SetFloats([]float64{1, 2, 3}), two.Run()); err != nil {
		t.Error(err)
	}
	two.Close()
	live("both are closed", 1, 0)
	if err := two.VarOf(x).SetFloats([]float64{1, 2, 3}); err == nil || err.Error() != "input x: the programs that read it are closed" {
		t.Errorf("x can be set after its programs are closed: %v", err)
	}
	three := compile()
	if err := errors.Join(three.VarOf(x).SetFloats([]float64{1, 2, 3}), three.Run()); err != nil {
		t.Error(err)
	}
	if y, err := three.Scalar(0); err != nil || y != 4 {
		t.Errorf("a program compiled anew gives %v (%v), want w as it was set: 4", y, err)
	}
}

// A program that cannot be compiled leaves a store's other programs their input, and nothing of its own.
func TestFailureLeavesInputs(t *testing.T) {
	e := backendtest.NoLeaks(t, openGo(t))
	f := &failing{e, 3}
	s := NewStore(f)
	defer s.Close()
	spec, x := square()
	one, err := s.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Compile(spec); !errors.Is(err, errRefused) {
		t.Errorf("error %v", err)
	}
	if err := errors.Join(one.VarOf(x).SetFloats([]float64{1, 2, 3}), one.Run()); err != nil {
		t.Error(err)
	}
	one.Close()
	f.after = 1 // its input, not the program
	if _, err := s.Compile(spec); !errors.Is(err, errRefused) {
		t.Errorf("error %v", err)
	}
	y := G.NewVector(x.Graph(), G.Float64, G.WithShape(3), G.WithName("y"))
	spec.Inputs = append(spec.Inputs, y)
	f.after = 1 // the first of two inputs
	if _, err := s.Compile(spec); !errors.Is(err, errRefused) {
		t.Errorf("error %v", err)
	}
	if b, p := e.Live(); b != 1 || p != 0 {
		t.Errorf("%d buffers and %d programs are live, want w alone", b, p)
	}
}

// The function Compile and a Machine own all that they make.
func TestProgramsFreeAll(t *testing.T) {
	e := backendtest.NoLeaks(t, openGo(t))
	spec, x := square()
	p, err := Compile(e, spec)
	if err != nil {
		t.Fatal(err)
	}
	p.Close()
	m, err := NewMachine(x.Graph(), On(e))
	if err != nil {
		t.Fatal(err)
	}
	for n := range 3 { // of another shape: it is compiled again
		if err := m.Let(x, tensor.New(tensor.WithShape(3), tensor.WithBacking([]float64{1, 2, float64(n)}))); err != nil {
			t.Fatal(err)
		}
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

// failing refuses the n-th allocation, or every program.
type failing struct {
	backend.Engine
	after int
}

var errRefused = errors.New("refused")

func (f *failing) Alloc(dt ir.DType, n int) (backend.Buffer, error) {
	if f.after--; f.after < 0 {
		return nil, errRefused
	}
	return f.Engine.Alloc(dt, n)
}

func (f *failing) Compile(u *backend.Unit, bind map[string]backend.Buffer) (backend.Exec, error) {
	if f.after--; f.after < 0 {
		return nil, errRefused
	}
	return f.Engine.Compile(u, bind)
}

// A program that cannot be compiled leaves nothing behind.
func TestFailureFreesAll(t *testing.T) {
	for after := range 3 { // w, x, the program
		e := backendtest.NoLeaks(t, openGo(t))
		spec, _ := square()
		if _, err := Compile(&failing{e, after}, spec); !errors.Is(err, errRefused) || strings.Contains(err.Error(), "\n") {
			t.Errorf("after %d calls: %v", after, err)
		}
	}
}
