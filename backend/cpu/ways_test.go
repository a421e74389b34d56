package cpu

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"
)

// layers is a program with every kind of product that may skip the zeros of x, and those that may not.
func layers(t *testing.T, dt ir.DType, rows, cols, n int) *ir.Program {
	t.Helper()
	b := ir.NewBuilder("layers", dt)
	x, w, v, lr := b.Input("x", rows, cols), b.Input("w", cols, n), b.Input("v", cols, 3), b.Input("lr")
	early := b.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{x, x}, TransA: true}) // reads all of x before it is packed
	z := b.Op(ir.Sigmoid, b.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{x, w}}))
	head := b.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{x, v}}) // in the phase of the first, another group
	grad := b.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{x, z}, TransA: true})
	next := b.Op(ir.Sub, w, b.Op(ir.Mul, lr, grad))
	again := b.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{x, next}})
	turned := b.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{z, next}, TransB: true})
	outputs := []ir.ID{early, z, head, grad, again, turned}
	if rows == cols { // in the group of the first, which has packed its own rows only
		outputs = append(outputs, b.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{x, b.Input("y", rows, n), z, lr}, TransA: true, Acc: true}))
	}
	p, err := b.Done(outputs, ir.Update{Into: w, Value: next})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Skipping zeros, and sharing a large right-hand side, change no bit, whatever the share of zeros, at every run anew, with
// any number of threads.
func TestWaysToMultiplyKeepBits(t *testing.T) {
	shapes := [][3]int{{33, 70, 10}, {31, 200, 20}, {100, 784, 50}, {64, 1024, 130}, {130, 1025, 9}, {130, 700, 400}}
	if testing.Short() {
		shapes = shapes[:2] // those on small plans take the same ways
	}
	keepBits(t, shapes, func(e *Engine) *Engine { return e })
	by := smallBlocks
	by.KC = 45
	keepBits(t, [][3]int{{40, 45, 20}, {45, 45, 20}, {46, 46, 46}, {33, 17, 10}, {91, 44, 3}}, func(e *Engine) *Engine { return shrink(t, e, by) })
}

func keepBits(t *testing.T, shapes [][3]int, sized func(e *Engine) *Engine) {
	t.Helper()
	for _, dt := range []ir.DType{ir.Float32, ir.Float64} {
		for _, s := range shapes {
			p := layers(t, dt, s[0], s[1], s[2])
			dense := sized(withWorkers(t, "go", 1))
			dense.native, dense.skipZeros = false, false
			runs := []*skipRun{newSkipRun(t, dense, p), newSkipRun(t, sized(withWorkers(t, "go", 1)), p), newSkipRun(t, sized(withWorkers(t, "go", 3)), p)}
			const seed = 5
			r := rand.New(rand.NewPCG(seed, 0))
			for n, share := range []float64{0.2, 1, 0.2, 0, 0.3} {
				x := make([]float64, s[0]*s[1])
				for i := range x {
					if r.Float64() < share {
						x[i] = float64(float32(r.NormFloat64() / 8))
					}
				}
				want := runs[0].step(t, x)
				for i, run := range runs[1:] {
					for o, got := range run.step(t, x) {
						for j := range got {
							if math.Float64bits(got[j]) != math.Float64bits(want[o][j]) {
								t.Fatalf("seed %d, %v, %v, engine %d, run %d, share %v: output %d[%d] = %v, dense %v", seed, dt, s, i+1, n, share, o, j, got[j], want[o][j])
							}
						}
					}
				}
			}
		}
	}
}

// The program above has three products that skip zeros, and where it is large one that shares its right-hand side.
func TestFindsWaysToMultiply(t *testing.T) {
	e := withWorkers(t, "go", 1)
	u := backend.Prepare(e, layers(t, ir.Float32, 130, 700, 400))
	c := &compiler[float32]{engine: e, unit: u, p: u.Program, exec: &exec[float32]{}}
	bind := map[string]backend.Buffer{}
	for i := range u.Program.Instrs {
		if in := u.Program.At(ir.ID(i)); in.Op == ir.Input {
			bind[in.Name] = newBuffer(make([]float32, in.Shape.Size()))
		}
	}
	if err := c.layout(bind); err != nil {
		t.Fatal(err)
	}
	c.findSkippers(bind)
	c.findShared(bind)
	if len(c.packed) != 1 {
		t.Errorf("%d products share their right-hand side, want 1", len(c.packed))
	}
	var found []string
	for i := range u.Program.Instrs {
		if in := u.Program.At(ir.ID(i)); c.skips[in] != nil {
			found = append(found, in.Describe())
		}
	}
	if len(found) != 3 {
		t.Errorf("%d products skip zeros, want 3: %q in\n%v", len(found), found, u)
	}
}

// An input that was not written again is packed once; one that may have changed unseen is packed at every run.
func TestInputIsPackedOnce(t *testing.T) {
	b := ir.NewBuilder("loss", ir.Float64)
	x, w := b.Input("x", 40, 100), b.Input("w", 100, 2)
	p, err := b.Done([]ir.ID{b.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{x, w}})})
	if err != nil {
		t.Fatal(err)
	}
	run := newSkipRun(t, withWorkers(t, "go", 1), p)
	s := run.exec.(*exec[float64]).skips[0]
	v := make([]float64, 4000)
	v[5] = 1
	first := run.step(t, v)[0][0]
	fresh := func() bool {
		if err := run.exec.Run(); err != nil {
			t.Fatal(err)
		}
		return s.fresh
	}
	if !fresh() {
		t.Error("x is as it was, and was packed again")
	}
	v[5] = 2
	if second := run.step(t, v)[0][0]; second != 2*first || s.fresh {
		t.Errorf("after a write: %v, want %v; fresh: %v", second, 2*first, s.fresh)
	}
	run.bufs["x"].Host().([]float64)[5] = 4
	if fresh() {
		t.Error("x was changed through Host, and not packed again")
	}
	var out [80]float64
	if err := run.exec.Output(0).Read(out[:]); err != nil || out[0] != 4*first {
		t.Errorf("after a change through Host: %v, want %v (%v)", out[0], 4*first, err)
	}
}

// TestSideIsPackedOnce: a right-hand side that is an input is packed again when it has changed, and then only; writing what is there
// changes nothing. One that a program updates is packed at each run.
func TestSideIsPackedOnce(t *testing.T) {
	const rows, k, n = 12, 10, 9
	for _, updated := range []bool{false, true} {
		b := ir.NewBuilder("side", ir.Float64)
		x, w := b.Input("x", rows, k), b.Input("w", k, n)
		y := b.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{b.Op(ir.Exp, x), w}})
		var updates []ir.Update
		if updated {
			updates = append(updates, ir.Update{Into: w, Value: b.Op(ir.Add, w, w)})
		}
		p, err := b.Done([]ir.ID{y}, updates...)
		if err != nil {
			t.Fatal(err)
		}
		run := newSkipRun(t, shrink(t, withWorkers(t, "go", 2), smallBlocks), p)
		sides := run.exec.(*exec[float64]).sides
		if kept := len(sides) == 1; kept == updated {
			t.Fatalf("updated %v: %d sides are kept", updated, len(sides))
		}
		images, weights := make([]float64, rows*k), make([]float64, k*n)
		run.write(t, "w", weights)
		for i, change := range []float64{1, 0, 0, 3, 0} {
			if change != 0 {
				weights[7] = change
			}
			if change != 0 || i == 2 && !updated {
				run.write(t, "w", weights)
			}
			want, next, err := p.Eval(map[string][]float64{"x": images, "w": weights})
			if err != nil {
				t.Fatal(err)
			}
			if got := run.step(t, images)[0]; !slices.Equal(got, want[0]) {
				t.Errorf("updated %v, run %d: %v, want %v", updated, i, got, want[0])
			}
			if !updated && sides[0].input.fresh != (change == 0) {
				t.Errorf("run %d: fresh is %v", i, sides[0].input.fresh)
			}
			if updated {
				weights = next["w"]
			}
		}
	}
}

// An input may be an output, too: what is written there is the input's.
func TestInputIsWrittenAsOutput(t *testing.T) {
	b := ir.NewBuilder("same", ir.Float64)
	x, w := b.Input("x", 40, 100), b.Input("w", 100, 2)
	p, err := b.Done([]ir.ID{b.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{x, w}}), x, b.Reshape(x, 4000)})
	if err != nil {
		t.Fatal(err)
	}
	run := newSkipRun(t, withWorkers(t, "go", 1), p)
	v := make([]float64, 4000)
	v[5] = 1
	first := run.step(t, v)[0][0]
	for i, write := range []func(v []float64) error{
		func(v []float64) error { return run.exec.Output(1).Write(v) },
		func(v []float64) error { return run.exec.Output(2).Write(v) },
		func(v []float64) error { copy(run.exec.Output(2).Host().([]float64), v); return nil },
	} {
		v[5] *= 2
		if err := errors.Join(write(v), run.exec.Run()); err != nil {
			t.Fatal(err)
		}
		var out [80]float64
		if err := run.exec.Output(0).Read(out[:]); err != nil || out[0] != v[5]*first {
			t.Errorf("write %d: %v, want %v (%v)", i, out[0], v[5]*first, err)
		}
	}
}

// A product without columns is computed by nobody, and so packs nothing for the later ones.
func TestProductOfNoColumns(t *testing.T) {
	b := ir.NewBuilder("empty", ir.Float64)
	x, w, y := b.Input("x", 40, 100), b.Input("w", 100, 0), b.Input("y", 40, 3)
	none := b.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{x, w}})
	late := b.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{x, b.Op(ir.Exp, y)}, TransA: true})
	p, err := b.Done([]ir.ID{none, late})
	if err != nil {
		t.Fatal(err)
	}
	v := make([]float64, 4000)
	v[5] = 1
	e := withWorkers(t, "go", 1)
	got := newSkipRun(t, e, p).step(t, v)
	e.skipZeros = false
	if want := newSkipRun(t, e, p).step(t, v); got[1][15] != want[1][15] || want[1][15] == 0 {
		t.Errorf("%v, dense %v", got[1][15], want[1][15])
	}
}

// skipRun is the program on an engine.
type skipRun struct {
	p    *ir.Program
	exec backend.Exec
	bufs map[string]backend.Buffer
}

func newSkipRun(t *testing.T, e *Engine, p *ir.Program) *skipRun {
	t.Helper()
	run := &skipRun{p: p, bufs: map[string]backend.Buffer{}}
	r := rand.New(rand.NewPCG(9, 0))
	for i := range p.Instrs {
		if in := p.At(ir.ID(i)); in.Op == ir.Input {
			b, err := e.Alloc(p.DType, in.Shape.Size())
			if err != nil {
				t.Fatal(err)
			}
			run.bufs[in.Name] = b
			v := make([]float64, in.Shape.Size())
			for j := range v {
				v[j] = float64(float32(r.NormFloat64() / 8))
			}
			run.write(t, in.Name, v)
		}
	}
	var err error
	if run.exec, err = e.Compile(backend.Prepare(e, p), run.bufs); err != nil {
		t.Fatal(err)
	}
	return run
}

func (r *skipRun) write(t *testing.T, name string, v []float64) {
	var src any = v
	if r.p.DType == ir.Float32 {
		s := make([]float32, len(v))
		for i, x := range v {
			s[i] = float32(x)
		}
		src = s
	}
	if err := r.bufs[name].Write(src); err != nil {
		t.Fatal(err)
	}
}

// step runs the program on x and returns its outputs.
func (r *skipRun) step(t *testing.T, x []float64) [][]float64 {
	t.Helper()
	r.exec.(backend.Poisoner).Poison()
	r.write(t, "x", x)
	if err := r.exec.Run(); err != nil {
		t.Fatal(err)
	}
	var out [][]float64
	for i, o := range r.p.Outputs {
		v := make([]float64, r.p.At(o).Shape.Size())
		if r.p.DType == ir.Float64 {
			if err := r.exec.Output(i).Read(v); err != nil {
				t.Fatal(err)
			}
		} else {
			s := make([]float32, len(v))
			if err := r.exec.Output(i).Read(s); err != nil {
				t.Fatal(err)
			}
			for j, x := range s {
				v[j] = float64(x)
			}
		}
		out = append(out, v)
	}
	return out
}
