package backendtest

import (
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
)

// programs is how many random programs an engine runs, in each type.
const programs = 150

// checkPrograms runs random programs with outputs and updates of all kinds.
func checkPrograms(e backend.Engine) error {
	for seed := range uint64(programs) {
		for _, dt := range dtypes {
			p, in := irtest.Program(dt, seed)
			for _, u := range []*backend.Unit{raw(e, p), backend.Prepare(e, p)} {
				if err := conform(e, p, u, in, loose(dt)); err != nil {
					return fmt.Errorf("seed %d, %v: %w", seed, dt, err)
				}
			}
		}
	}
	return nil
}

// checkProfile: a profiled run is a run, of random programs and of large products.
func checkProfile(e backend.Engine) error {
	for seed := range uint64(20) {
		p, in := irtest.Program(ir.Float64, seed)
		if err := profile(e, p, in, loose(ir.Float64)); err != nil {
			return fmt.Errorf("profile, seed %d: %w", seed, err)
		}
	}
	p, in, err := net(ir.Float32, 100, false)
	if err != nil {
		return err
	}
	return profile(e, p, in, tolerance(p))
}

func profile(e backend.Engine, p *ir.Program, in map[string][]float64, tol float64) error {
	u := backend.Prepare(e, p)
	return conformBy(func(x backend.Exec) error {
		p, ok := x.(backend.Profiler)
		if !ok {
			return skip("the engine takes no times")
		}
		times, err := p.Profile()
		if len(times) > len(u.Program.Instrs) {
			return fmt.Errorf("times of %d instructions, the program has %d", len(times), len(u.Program.Instrs))
		}
		return err
	}, e, p, u, in, tol)
}

// heavy is a program with enough work for every thread: a layer, its softmax, and sums of it.
func heavy(dt ir.DType, seed uint64) (*ir.Program, map[string][]float64) {
	g := irtest.New("heavy", dt, seed)
	h := g.MatMul(ir.Instr{Bias: true, Act: ir.Tanh}, 400, 80, 90)
	soft := g.Emit(ir.Instr{Op: ir.Softmax, Args: []ir.ID{g.Op(ir.Mul, h, g.Arg())}})
	mean := g.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{soft}, Axes: []int{0}})
	back := g.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{h, soft}, TransA: true})
	p, err := g.Done([]ir.ID{mean, back, soft})
	if err != nil {
		panic(err) // our own bug: the program stands above
	}
	return p, g.In
}

// checkSameBits: the same program on the same numbers gives the same bits, run again and compiled again.
func checkSameBits(e backend.Engine) error { return SameBits(e, e) }

// SameBits runs programs on two engines, three times on each, and reports a difference in any bit. It holds engines of one
// kind to the promise that a result does not depend on the number of threads.
func SameBits(a, b backend.Engine) error {
	for _, dt := range dtypes {
		p, in := heavy(dt, 1)
		var first [][]float64
		for _, e := range []backend.Engine{a, b} {
			if err := repeat(e, p, in, &first); err != nil {
				return fmt.Errorf("%v on %s: %w", dt, e.Device(), err)
			}
		}
		for seed := range uint64(20) {
			p, in := irtest.Program(dt, seed)
			p.Updates = nil // each run shall start from the same numbers
			var first [][]float64
			for _, e := range []backend.Engine{a, b} {
				if err := repeat(e, p, in, &first); err != nil {
					return fmt.Errorf("seed %d, %v on %s: %w\n%v", seed, dt, e.Device(), err, p)
				}
			}
		}
	}
	return nil
}

// repeat compiles and runs the program and holds its outputs against the first ones.
func repeat(e backend.Engine, p *ir.Program, in map[string][]float64, first *[][]float64) error {
	r, err := newRig(e, backend.Prepare(e, p), in)
	if err != nil {
		return err
	}
	defer r.close()
	for range runs {
		if err := errors.Join(r.poison(), r.exec.Run()); err != nil {
			return err
		}
		got, _, err := r.results()
		if err != nil {
			return err
		}
		if *first == nil {
			*first = got
		}
		if err := sameBits(got, *first); err != nil {
			return err
		}
	}
	return nil
}

func sameBits(got, want [][]float64) error {
	for i := range want {
		for j := range want[i] {
			if math.Float64bits(got[i][j]) != math.Float64bits(want[i][j]) {
				return fmt.Errorf("output %d, element %d: %v, the first run gave %v", i, j, got[i][j], want[i][j])
			}
		}
	}
	return nil
}

// checkConcurrent: programs that run at the same time do not disturb one another. Each compiles on its own thread too.
func checkConcurrent(e backend.Engine) error {
	var wg sync.WaitGroup
	failed := make([]error, 4)
	for i := range failed {
		wg.Go(func() {
			p, in := heavy(ir.Float32, uint64(i))
			u := backend.Prepare(e, p)
			for range 5 {
				if failed[i] = conform(e, p, u, in, 10*tolerance(p)); failed[i] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(failed...)
}

// checkExtremes gives huge, infinite and broken logits to the ops on rows of classes: what is finite in the
// reference is finite here, and a NaN stays in its row.
func checkExtremes(e backend.Engine) error {
	inf := math.Inf(1)
	rows := []float64{
		1e4, 1e4 + 1, 1e4 - 2,
		1e30, -1e30, 0,
		-1e30, -1e30, -1e30,
		0, -inf, 3,
		88, 89, 90,
		-700, -701, 700,
		math.NaN(), 1, 2,
		1, 2, 3,
		inf, 1, 2,
	}
	targets := make([]float64, len(rows))
	for i := 0; i < len(targets); i += 3 {
		targets[i] = 1
	}
	in := map[string][]float64{"x": rows, "t": targets, "s": {-0.5}}
	for _, dt := range dtypes {
		b := ir.NewBuilder("extremes", dt)
		x, t := b.Input("x", len(rows)/3, 3), b.Input("t", len(rows)/3, 3)
		soft := b.Op(ir.Softmax, x)
		log := b.Emit(ir.Instr{Op: ir.Softmax, Args: []ir.ID{x}, Log: true})
		loss := b.Op(ir.LogLikelihood, x, t)
		grad := b.Op(ir.LogLikelihoodGrad, x, t, b.Input("s"))
		top := b.Emit(ir.Instr{Op: ir.Max, Args: []ir.ID{x}, Axes: []int{1}})
		sum := b.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{x}, Axes: []int{1}})
		p, err := b.Done([]ir.ID{soft, log, loss, grad, top, sum, b.Op(ir.Tanh, x), b.Op(ir.Sigmoid, x)})
		if err != nil {
			return err
		}
		if err := conform(e, p, raw(e, p), in, tolerance(p)); err != nil {
			return err
		}
	}
	return nil
}
