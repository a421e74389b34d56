package backendtest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
)

// checkAliasing: outputs that are not computed, and updates in every way that they can be written.
func checkAliasing(e backend.Engine) error {
	for _, c := range []struct {
		name  string
		build func(g *irtest.Gen) (outputs []ir.ID, updates []ir.Update)
	}{
		{"an input as an output, twice", func(g *irtest.Gen) ([]ir.ID, []ir.Update) {
			x := g.Fresh(-2, 2, 3, 4)
			return []ir.ID{x, x}, nil
		}},
		{"a constant as an output", func(g *irtest.Gen) ([]ir.ID, []ir.Update) {
			return []ir.ID{g.Const([]float64{2}, 5), g.Const([]float64{1, 2, 3}, 3), g.Scalar(4)}, nil
		}},
		{"reshapes as outputs", func(g *irtest.Gen) ([]ir.ID, []ir.Update) {
			x := g.Fresh(-2, 2, 3, 4)
			y := g.Op(ir.Exp, x)
			return []ir.ID{g.Reshape(x, 12), g.Reshape(y, 4, 3), y}, nil
		}},
		{"an update in place, and its value as an output", func(g *irtest.Gen) ([]ir.ID, []ir.Update) {
			w := g.Fresh(-2, 2, 9)
			v := g.Op(ir.Sub, w, g.Op(ir.Mul, g.Fresh(-2, 2, 9), g.Scalar(0.5)))
			return []ir.ID{v}, []ir.Update{{Into: w, Value: v}}
		}},
		{"the old value of an updated input as an output", func(g *irtest.Gen) ([]ir.ID, []ir.Update) {
			w := g.Fresh(-2, 2, 9)
			return []ir.ID{w, g.Reshape(w, 3, 3)}, []ir.Update{{Into: w, Value: g.Op(ir.Mul, w, g.Scalar(0.5))}}
		}},
		{"an update by a product", func(g *irtest.Gen) ([]ir.ID, []ir.Update) {
			w, lr := g.Fresh(-2, 2, 30, 20), g.Scalar(0.125)
			grad := g.MatMul(ir.Instr{TransA: true}, 30, 20, 7)
			return nil, []ir.Update{{Into: w, Value: g.Op(ir.Sub, w, g.Op(ir.Mul, grad, lr))}}
		}},
		{"an update by its own transpose", func(g *irtest.Gen) ([]ir.ID, []ir.Update) {
			w := g.Fresh(-2, 2, 5, 5)
			v := g.Op(ir.Mul, g.View(w, ir.View{Strides: []int{1, 5}}, 5, 5), g.Scalar(0.5))
			return nil, []ir.Update{{Into: w, Value: v}}
		}},
		{"inputs that swap", func(g *irtest.Gen) ([]ir.ID, []ir.Update) {
			v, w := g.Fresh(-2, 2, 5), g.Fresh(-2, 2, 5)
			return nil, []ir.Update{{Into: v, Value: w}, {Into: w, Value: v}}
		}},
		{"one value for two inputs, a constant for a third", func(g *irtest.Gen) ([]ir.ID, []ir.Update) {
			u, v, w := g.Fresh(-2, 2, 5), g.Fresh(-2, 2, 5), g.Fresh(-2, 2, 5)
			sum := g.Op(ir.Mul, g.Op(ir.Add, u, v), g.Scalar(0.5))
			return []ir.ID{sum}, []ir.Update{{Into: u, Value: sum}, {Into: v, Value: sum}, {Into: w, Value: g.Const([]float64{1}, 5)}}
		}},
		{"momentum", func(g *irtest.Gen) ([]ir.ID, []ir.Update) {
			v, w, d := g.Fresh(-2, 2, 70), g.Fresh(-2, 2, 70), g.Fresh(-2, 2, 70)
			nv := g.Op(ir.Sub, g.Op(ir.Mul, v, g.Scalar(0.5)), g.Op(ir.Mul, d, g.Scalar(0.125)))
			return nil, []ir.Update{{Into: v, Value: nv}, {Into: w, Value: g.Op(ir.Add, w, nv)}}
		}},
	} {
		for _, dt := range dtypes {
			g := irtest.New("aliasing", dt, 1)
			outputs, updates := c.build(g)
			p, err := g.Done(outputs, updates...)
			if err != nil {
				return err
			}
			for _, u := range []*backend.Unit{raw(e, p), backend.Prepare(e, p)} {
				if err := conform(e, p, u, g.In, tolerance(p)); err != nil {
					return fmt.Errorf("%s: %w", c.name, err)
				}
			}
		}
	}
	return nil
}

// checkSharedBuffers: what one program writes, another reads: how training and prediction share parameters.
func checkSharedBuffers(e backend.Engine) error {
	learn := irtest.New("learn", ir.Float32, 1)
	w := learn.Fresh(-2, 2, 4)
	train, err := learn.Done(nil, ir.Update{Into: w, Value: learn.Op(ir.Add, w, learn.Scalar(1))})
	if err != nil {
		return err
	}
	ask := ir.NewBuilder("ask", ir.Float32)
	predict, err := ask.Done([]ir.ID{ask.Op(ir.Mul, ask.Input("x0", 4), ask.Scalar(2))})
	if err != nil {
		return err
	}
	a, err := newRig(e, backend.Prepare(e, train), learn.In)
	if err != nil {
		return err
	}
	defer a.close()
	b := &rig{unit: backend.Prepare(e, predict), bufs: a.bufs}
	if b.exec, err = e.Compile(b.unit, a.bufs); err != nil {
		return err
	}
	defer b.exec.Close()
	want := append([]float64(nil), learn.In["x0"]...)
	for range runs {
		if err := errors.Join(a.poison(), b.poison(), a.exec.Run(), b.exec.Run()); err != nil {
			return err
		}
		doubled := make([]float64, len(want))
		for i := range want {
			want[i]++
			doubled[i] = 2 * want[i]
		}
		got, inputs, err := b.results()
		if err != nil {
			return err
		}
		if err := errors.Join(irtest.Close(got[0], doubled, 0), irtest.Close(inputs["x0"], want, 0)); err != nil {
			return fmt.Errorf("two programs over one buffer: %w", err)
		}
	}
	return nil
}

// checkBuffers: memory is zeroed, keeps what is written, and refuses slices of another type or length.
func checkBuffers(e backend.Engine) error {
	for _, dt := range dtypes {
		b, err := e.Alloc(dt, 3)
		if err != nil {
			return err
		}
		defer b.Free()
		if v, err := read(b, dt, 3); err != nil || v[0] != 0 || v[1] != 0 || v[2] != 0 {
			return fmt.Errorf("%v: new memory holds %v, %v", dt, v, err)
		}
		if err := write(b, dt, []float64{1, 2, 3}); err != nil {
			return err
		}
		right, wrong := any(make([]float32, 3)), any(make([]float64, 3))
		if dt == ir.Float64 {
			right, wrong = wrong, right
		}
		for _, s := range []any{wrong, make([]float32, 2), make([]float64, 4), []int{1, 2, 3}, nil} {
			if b.Write(s) == nil || b.Read(s) == nil {
				return fmt.Errorf("%v: a buffer of 3 takes or gives %T of another type or length", dt, s)
			}
		}
		if v, err := read(b, dt, 3); err != nil || v[0] != 1 || v[1] != 2 || v[2] != 3 {
			return fmt.Errorf("%v: after refused writes it holds %v, %v", dt, v, err)
		}
		if h := b.Host(); h != nil && fmt.Sprintf("%T", h) != fmt.Sprintf("%T", right) {
			return fmt.Errorf("%v: the host memory is %T", dt, h)
		}
		empty, err := e.Alloc(dt, 0)
		if err != nil {
			return err
		}
		if _, err := read(empty, dt, 0); err != nil {
			return err
		}
		if _, err := e.Alloc(dt, -1); err == nil {
			return errors.New("memory for -1 elements is no error")
		}
	}
	return nil
}

// checkBindings: a program without memory for an input, or with the wrong memory, does not compile, and the error
// names the input.
func checkBindings(e backend.Engine) error {
	b := ir.NewBuilder("bind", ir.Float32)
	p, err := b.Done([]ir.ID{b.Op(ir.Exp, b.Input("lonely", 3))})
	if err != nil {
		return err
	}
	alloc := func(dt ir.DType, n int) backend.Buffer {
		m, allocErr := e.Alloc(dt, n)
		err = errors.Join(err, allocErr)
		return m
	}
	for name, bind := range map[string]map[string]backend.Buffer{
		"no buffers":          nil,
		"another's buffer":    {"other": alloc(ir.Float32, 3)},
		"a nil buffer":        {"lonely": nil},
		"the wrong length":    {"lonely": alloc(ir.Float32, 4)},
		"the wrong type":      {"lonely": alloc(ir.Float64, 3)},
		"an empty dictionary": {},
	} {
		x, compileErr := e.Compile(backend.Prepare(e, p), bind)
		if compileErr == nil {
			x.Close()
			return fmt.Errorf("a program compiles with %s for its input", name)
		}
		if !strings.Contains(compileErr.Error(), "lonely") {
			return fmt.Errorf("%s: the error does not name the input: %w", name, compileErr)
		}
	}
	return err
}

// checkHostErrors: the error of a host op is the error of the run, and the next run is not harmed by it. Two ops fail
// at the same time, beside work for other threads.
func checkHostErrors(e backend.Engine) error {
	broken := errors.New("broken on purpose")
	fail := true
	host := func(out any, args []any) error {
		if fail {
			time.Sleep(time.Millisecond) // long enough for another thread to take the other op
			return broken
		}
		copy(out.([]float64), args[0].([]float64))
		return nil
	}
	g := irtest.New("host", ir.Float64, 1)
	x := g.Fresh(-2, 2, 3)
	one := g.Emit(ir.Instr{Op: ir.Host, Name: "a", Args: []ir.ID{x}, Shape: ir.Shape{3}, Host: host})
	two := g.Emit(ir.Instr{Op: ir.Host, Name: "b", Args: []ir.ID{x}, Shape: ir.Shape{3}, Host: host})
	p, err := g.Done([]ir.ID{one, two, g.Op(ir.Exp, g.Fresh(-1, 1, 500, 1000))})
	if err != nil {
		return err
	}
	r, err := newRig(e, backend.Prepare(e, p), g.In)
	if err != nil {
		return err
	}
	defer r.close()
	for range 5 {
		if err := r.exec.Run(); !errors.Is(err, broken) {
			return fmt.Errorf("a host op fails, the run says: %v", err)
		}
	}
	if x, ok := r.exec.(backend.Profiler); ok {
		if _, err := x.Profile(); !errors.Is(err, broken) {
			return fmt.Errorf("a host op fails, the profile says: %v", err)
		}
	}
	fail = false
	if err := r.exec.Run(); err != nil {
		return fmt.Errorf("after a run that failed: %w", err)
	}
	got, _, err := r.results()
	if err != nil {
		return err
	}
	return errors.Join(irtest.Close(got[0], g.In["x0"], 0), irtest.Close(got[1], g.In["x0"], 0))
}
