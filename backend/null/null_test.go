package null_test

import (
	"slices"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/backendtest"
	_ "github.com/stheno/stheno/backend/null"
	"github.com/stheno/stheno/ir"
)

func open() (backend.Engine, error) { return backend.Open("null") }

// Memory and bindings are as any engine's; the arithmetic is left out.
func TestMemory(t *testing.T) { backendtest.TestMemory(t, open) }

func TestRunsNothing(t *testing.T) {
	e, err := open()
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	b := ir.NewBuilder("null", ir.Float32)
	w := b.Input("w", 3)
	v := b.Op(ir.Exp, w)
	p, err := b.Done([]ir.ID{v}, ir.Update{Into: w, Value: v})
	if err != nil {
		t.Fatal(err)
	}
	buf, err := e.Alloc(ir.Float32, 3)
	if err != nil {
		t.Fatal(err)
	}
	in := []float32{1, 2, 3}
	if err := buf.Write(in); err != nil {
		t.Fatal(err)
	}
	x, err := e.Compile(backend.Prepare(p), map[string]backend.Buffer{"w": buf})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if err := x.Run(); err != nil {
		t.Fatal(err)
	}
	out, after := []float32{9, 9, 9}, make([]float32, 3)
	if err := x.Output(0).Read(out); err != nil {
		t.Fatal(err)
	}
	if err := buf.Read(after); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(out, make([]float32, 3)) || !slices.Equal(after, in) {
		t.Errorf("output %v, input %v after a run of nothing", out, after)
	}
}
