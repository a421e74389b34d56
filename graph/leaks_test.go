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
