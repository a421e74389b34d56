package cuda_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/cuda"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
)

const (
	loopBatch, loopPixels, loopClasses = 5, 6, 3
)

// learner is softmax regression on an engine.
type learner struct {
	x, t, w backend.Buffer
	exec    backend.Exec
}

func newLearner(t *testing.T, e backend.Engine, dt ir.DType) *learner {
	t.Helper()
	b := ir.NewBuilder("regression", dt)
	x, y, w := b.Input("x", loopBatch, loopPixels), b.Input("t", loopBatch, loopClasses), b.Input("w", loopPixels, loopClasses)
	h := b.Op(ir.MatMul, x, w)
	loss := b.Op(ir.Mul, b.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{b.Op(ir.LogLikelihood, h, y)}, Axes: []int{0}}), b.Scalar(-1.0/loopBatch))
	grad := b.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{x, b.Op(ir.LogLikelihoodGrad, h, y, b.Scalar(-1.0/loopBatch))}, TransA: true})
	p, err := b.Done([]ir.ID{loss}, ir.Update{Into: w, Value: b.Op(ir.Sub, w, b.Op(ir.Mul, grad, b.Scalar(0.5)))})
	if err != nil {
		t.Fatal(err)
	}
	l := &learner{x: buffers(t, e, dt, loopBatch*loopPixels), t: buffers(t, e, dt, loopBatch*loopClasses), w: buffers(t, e, dt, loopPixels*loopClasses)}
	l.exec, err = e.Compile(backend.Prepare(e, p), map[string]backend.Buffer{"x": l.x, "t": l.t, "w": l.w})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.exec.Close)
	return l
}

func (l *learner) read(t *testing.T, b backend.Buffer, dt ir.DType, n int) []float64 {
	t.Helper()
	v := slice(dt, make([]float64, n))
	if err := b.Read(v); err != nil {
		t.Fatal(err)
	}
	return widened(v)
}

// step does a step on a batch that the host has made.
func (l *learner) step(t *testing.T, dt ir.DType, s *data.Split, idx []int) {
	t.Helper()
	x, y := make([]float64, loopBatch*loopPixels), make([]float64, loopBatch*loopClasses)
	data.OneHot(y, s, idx, loopClasses)
	var images any = x
	if dt == ir.Float32 {
		single := make([]float32, len(x))
		data.Pixels(single, s, idx)
		images = single
	} else {
		data.Pixels(x, s, idx)
	}
	for _, do := range []func() error{
		func() error { return l.x.Write(images) }, func() error { return l.t.Write(slice(dt, y)) }, l.exec.Run,
	} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
}

// A loop does what the same steps one by one do, to the bit. In one piece: a data set on a device, and what is refused of it.
func TestLoop(t *testing.T) {
	e := gpu(t)
	r := rand.New(rand.NewPCG(3, 4))
	set := made(20, loopPixels, loopClasses)
	d := newTables(t, e, set)
	for _, dt := range []ir.DType{ir.Float32, ir.Float64} {
		one, many := newLearner(t, e, dt), newLearner(t, e, dt)
		loop, err := d.loop(e, many.exec, many.x, many.t, loopBatch, 35)
		if err != nil {
			t.Fatal(err)
		}
		defer loop.Close()
		var want, got []float64
		runs := []int{35, 1, 0, 19}
		for range 12 {
			runs = append(runs, 35) // all ways, and the one that was the fastest
		}
		for _, n := range runs {
			idx := make([]int, n*loopBatch)
			for i := range idx {
				idx[i] = r.IntN(20)
			}
			for s := range n {
				one.step(t, dt, set, idx[s*loopBatch:(s+1)*loopBatch])
				want = append(want, one.read(t, one.exec.Output(0), dt, 1)...)
			}
			losses := make([]float64, n)
			if err := loop.Run(idx, losses); err != nil {
				t.Fatal(err)
			}
			got = append(got, losses...)
		}
		if !slices.Equal(got, want) {
			t.Errorf("losses %v, one by one %v", got, want)
		}
		times := loop.(*cuda.Loop).Times()
		if ways := loop.(*cuda.Loop).Ways(); len(times) != len(ways) || len(ways) < 2 || slices.Min(times) <= 0 {
			t.Errorf("%v: a step takes %v: all ways should have been tried", ways, times)
		}
		n := loopPixels * loopClasses
		if a, b := one.read(t, one.w, dt, n), many.read(t, many.w, dt, n); !slices.Equal(a, b) {
			t.Errorf("weights %v, one by one %v", b, a)
		}
		for want, err := range map[string]error{
			"the loop takes 5 a run and at most 35 runs": loop.Run(make([]int, 36*loopBatch), make([]float64, 36)),
			"4 rows for 1 runs":                          loop.Run(make([]int, 4), make([]float64, 1)),
			"row 20: the table has 20":                   loop.Run([]int{0, 0, 0, 0, 20}, make([]float64, 1)),
		} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %s", err, want)
			}
		}
	}
	g := irtest.New("host", ir.Float32, 1)
	p, err := g.Done([]ir.ID{g.Sample(ir.Host, ir.Shape{1})})
	if err != nil {
		t.Fatal(err)
	}
	bind := map[string]backend.Buffer{}
	for name, v := range g.In {
		bind[name] = buffers(t, e, ir.Float32, len(v))
	}
	x, err := e.Compile(backend.Prepare(e, p), bind)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	l := newLearner(t, e, ir.Float32)
	for want, make := range map[string]func() (backend.Loop, error){
		backend.ErrNotRepeatable.Error():        func() (backend.Loop, error) { return d.loop(e, x, l.x, l.t, loopBatch, 1) },
		"both must be at least 1":               func() (backend.Loop, error) { return d.loop(e, l.exec, l.x, l.t, loopBatch, 0) },
		"programs that its own engine compiled": func() (backend.Loop, error) { return d.loop(e, nil, l.x, l.t, loopBatch, 1) },
	} {
		if _, err := make(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
