package ir_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno/stheno/ir"
)

var update = flag.Bool("update", false, "write what the tests print to testdata/*.golden")

// golden compares text with testdata/<name>.golden.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := string(data)
	if got == want {
		return
	}
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			t.Fatalf("%s:%d:\n got: %s\nwant: %s\nIf the change is right, run go test ./ir -update and read the difference.", path, i+1, a[i], b[i])
		}
	}
	t.Fatalf("%s: %d lines, want %d", path, len(a), len(b))
}

// passPrograms holds, for each pass, a program that shows what it does and what it leaves alone.
var passPrograms = []struct {
	pass  string
	build func(b *ir.Builder) (outputs []ir.ID, updates []ir.Update)
}{
	{"prune", func(b *ir.Builder) ([]ir.ID, []ir.Update) {
		x, w := b.Input("x", 2, 3), b.Input("w", 3)
		b.Op(ir.Exp, x) // nobody reads it
		b.Input("unused", 3)
		v := b.Op(ir.Mul, w, b.Scalar(0.5))
		return []ir.ID{b.Op(ir.Tanh, x)}, []ir.Update{{Into: w, Value: v}}
	}},
	{"fold", func(b *ir.Builder) ([]ir.ID, []ir.Update) {
		x := b.Input("x", 4, 2)
		scale := b.Op(ir.Div, b.Scalar(-1), b.Const([]float64{4}, 4, 2)) // a uniform constant
		scaled := b.Op(ir.Mul, x, scale)
		byOne := b.Op(ir.Mul, scaled, b.Op(ir.Exp, b.Scalar(0)))
		xT := b.View(x, ir.View{Strides: []int{1, 2}}, 2, 4)
		gram := b.Op(ir.MatMul, xT, byOne)
		col := b.View(b.Reshape(b.View(x, ir.View{Offset: 1, Strides: []int{2}}, 4), 4, 1), ir.View{Offset: 1, Strides: []int{1}}, 2)
		back := b.Reshape(b.Reshape(x, 8), 4, 2)
		return []ir.ID{gram, col, back}, nil
	}},
	{"share", func(b *ir.Builder) ([]ir.ID, []ir.Update) {
		x := b.Input("x", 2, 2)
		one := func() ir.ID { return b.Op(ir.Mul, x, b.Scalar(2)) }
		t := b.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{x, x}, TransA: true})
		n := b.Op(ir.MatMul, x, x)
		return []ir.ID{b.Op(ir.Add, one(), one()), b.Op(ir.Sub, t, n)}, nil
	}},
	{"softmax", func(b *ir.Builder) ([]ir.ID, []ir.Update) {
		x, t := b.Input("x", 5, 3), b.Input("t", 5, 3)
		log := b.Emit(ir.Instr{Op: ir.Softmax, Args: []ir.ID{x}, Log: true})
		loss := b.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{b.Op(ir.Mul, t, log)}, Axes: []int{0, 1}})
		grad := b.Op(ir.LogLikelihoodGrad, x, b.Op(ir.Mul, t, b.Scalar(-0.2)), b.Scalar(1))
		s := b.Op(ir.Mul, b.Op(ir.Sigmoid, x), b.Op(ir.Sigmoid, b.Op(ir.Mul, x, b.Scalar(-1))))
		return []ir.ID{loss, grad, s}, nil
	}},
	{"epilogue", func(b *ir.Builder) ([]ir.ID, []ir.Update) {
		x, w, v := b.Input("x", 5, 3), b.Input("w", 3, 2), b.Input("b", 2)
		rows := b.View(v, ir.View{Strides: []int{0, 1}}, 5, 2)
		taken := b.Op(ir.Sigmoid, b.Op(ir.Add, b.Op(ir.MatMul, x, w), rows))
		shared := b.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{w, x}, TransA: true, TransB: true}) // read twice
		columns := b.View(b.Input("c", 5), ir.View{Strides: []int{0, 1}}, 2, 5)
		return []ir.ID{taken, b.Op(ir.Tanh, shared), b.Op(ir.Add, shared, columns), shared}, nil
	}},
	{"update", func(b *ir.Builder) ([]ir.ID, []ir.Update) {
		x, d, lr := b.Input("x", 5, 3), b.Input("d", 5, 2), b.Input("lr")
		w, v := b.Input("w", 3, 2), b.Input("v", 3, 2)
		grad := func() ir.ID { return b.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{x, d}, TransA: true}) }
		step := b.Op(ir.Sub, w, b.Op(ir.Mul, grad(), lr))
		seen := grad() // an output: it must be stored
		return []ir.ID{seen}, []ir.Update{{Into: w, Value: step}, {Into: v, Value: b.Op(ir.Sub, v, b.Op(ir.Mul, seen, lr))}}
	}},
	{"share again", func(b *ir.Builder) ([]ir.ID, []ir.Update) {
		x := b.Input("x", 3)
		return []ir.ID{b.Op(ir.Add, b.Op(ir.Mul, x, b.Scalar(0)), b.Op(ir.Mul, x, b.Scalar(0)))}, nil
	}},
	{"convolution", func(b *ir.Builder) ([]ir.ID, []ir.Update) {
		x, w := b.Input("x", 2, 5, 5, 3), b.Input("w", 4, 27)
		window := ir.Window{Size: [2]int{3, 3}, Step: [2]int{2, 2}, Dilation: [2]int{1, 1}, Before: [2]int{1, 1}, Spread: [2]int{1, 1}}
		patches := b.Emit(ir.Instr{Op: ir.Patches, Args: []ir.ID{x}, Window: window, Shape: ir.Shape{2, 3, 3, 3, 3, 3}})
		outer := b.View(patches, ir.View{Strides: []int{243, 81, 27, 1, 9, 3}}, 2, 3, 3, 3, 3, 3)
		m := b.Reshape(outer, 18, 27)
		y := b.Emit(ir.Instr{Op: ir.MatMul, TransB: true, Args: []ir.ID{m, w}})
		dw := b.Emit(ir.Instr{Op: ir.MatMul, TransA: true, Args: []ir.ID{y, m}})
		dm := b.Reshape(b.Op(ir.MatMul, y, w), 2, 3, 3, 3, 3, 3)
		inner := b.View(dm, ir.View{Strides: []int{243, 81, 27, 3, 1, 9}}, 2, 3, 3, 3, 3, 3)
		return []ir.ID{y, dw, b.Emit(ir.Instr{Op: ir.Unpatch, Args: []ir.ID{inner}, Window: window, Shape: ir.Shape{2, 5, 5, 3}})}, nil
	}},
	{"layout", func(b *ir.Builder) ([]ir.ID, []ir.Update) {
		x, bias := b.Input("x", 2, 5, 6, 3), b.Input("bias", 3)
		first := b.View(x, ir.View{Strides: []int{90, 1, 18, 3}}, 2, 3, 5, 6)
		sum := b.Op(ir.Add, first, b.View(bias, ir.View{Strides: []int{0, 1, 0, 0}}, 2, 3, 5, 6))
		y := b.Op(ir.Mul, sum, b.Op(ir.Less, b.Scalar(0), sum))
		last := b.View(y, ir.View{Strides: []int{90, 6, 1, 30}}, 2, 5, 6, 3)
		return []ir.ID{last, b.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{y}, Axes: []int{0, 2, 3}})}, nil
	}},
	{"fold again", func(b *ir.Builder) ([]ir.ID, []ir.Update) { // what the passes on images leave
		x := b.Op(ir.Exp, b.Input("x", 2, 5, 6, 3))
		return []ir.ID{b.Op(ir.Tanh, b.Reshape(b.Reshape(x, 60, 3), 2, 5, 6, 3))}, nil
	}},
	{"pool", func(b *ir.Builder) ([]ir.ID, []ir.Update) {
		x, g := b.Input("x", 2, 4, 4, 3), b.Input("g", 2, 2, 2, 3)
		mask := b.Op(ir.LessEq, b.Scalar(0), x)
		y := b.Op(ir.Mul, x, mask)
		pairs := ir.Window{Size: [2]int{2, 2}, Step: [2]int{2, 2}, Dilation: [2]int{1, 1}, Spread: [2]int{1, 1}}
		largest := b.Emit(ir.Instr{Op: ir.MaxPool, Args: []ir.ID{y}, Window: pairs, Data: []float64{-1}, Shape: ir.Shape{2, 2, 2, 3}})
		return []ir.ID{largest, b.Op(ir.Mul, mask, b.Emit(ir.Instr{Op: ir.MaxPoolGrad, Args: []ir.ID{y, g}, Window: pairs}))}, nil
	}},
	{"trim", func(b *ir.Builder) ([]ir.ID, []ir.Update) {
		x, w, g := b.Input("x", 2, 7, 7, 3), b.Input("w", 3, 3, 3, 4), b.Input("g", 2, 3, 3, 4)
		ones := [2]int{1, 1}
		window := ir.Window{Size: [2]int{3, 3}, Step: ones, Dilation: ones, Before: ones, Spread: ones}
		pairs := ir.Window{Size: [2]int{2, 2}, Step: [2]int{2, 2}, Dilation: ones, Spread: ones}
		y := b.Emit(ir.Instr{Op: ir.Conv, Args: []ir.ID{x, w}, Window: window, Shape: ir.Shape{2, 7, 7, 4}})
		pooled := b.Emit(ir.Instr{Op: ir.MaxPool, Args: []ir.ID{y}, Window: pairs, Data: []float64{-1}, Shape: ir.Shape{2, 3, 3, 4}})
		dy := b.Emit(ir.Instr{Op: ir.MaxPoolGrad, Args: []ir.ID{y, g}, Window: pairs})
		dx := b.Emit(ir.Instr{Op: ir.Conv, TransB: true, Args: []ir.ID{dy, w}, Window: window.Adjoint(), Shape: ir.Shape{2, 7, 7, 3}})
		return []ir.ID{pooled, dx, b.Emit(ir.Instr{Op: ir.ConvWeights, Args: []ir.ID{x, dy}, Window: window})}, nil
	}},
	{"recompute", func(b *ir.Builder) ([]ir.ID, []ir.Update) {
		const n = 4096 // smaller values are stored
		x, w, dy := b.Input("x", n, n), b.Input("w", n, n), b.Input("dy", n, n)
		a := b.Op(ir.MatMul, x, w)
		mask := b.Op(ir.Less, b.Scalar(0), a)
		y := b.Op(ir.Mul, a, mask)
		double := b.Op(ir.Mul, y, b.Scalar(2)) // the later pass reads y
		sum := b.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{b.Op(ir.Mul, double, y)}, Axes: []int{0, 1}})
		next := b.Op(ir.MatMul, y, w)
		d := b.Op(ir.Mul, b.Op(ir.Mul, dy, mask), b.Op(ir.Add, b.Op(ir.Mul, y, sum), double))
		return []ir.ID{next, d}, nil
	}},
	{"chain", func(b *ir.Builder) ([]ir.ID, []ir.Update) {
		x, row, s := b.Input("x", 4, 3), b.Input("row", 3), b.Input("s")
		xT := b.Input("xT", 3, 4)
		sum := b.Op(ir.Add, x, b.View(row, ir.View{Strides: []int{0, 1}}, 4, 3))
		tree := b.Op(ir.Mul, b.Op(ir.Tanh, sum), b.Op(ir.Exp, b.View(xT, ir.View{Strides: []int{1, 4}}, 4, 3)))
		twice := b.Op(ir.Mul, tree, s) // read twice, but by one
		late := b.Op(ir.Sub, x, b.View(b.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{sum}, Axes: []int{0}}), ir.View{Strides: []int{0, 1}}, 4, 3))
		return []ir.ID{b.Op(ir.Mul, twice, twice), sum, b.Op(ir.Exp, s), b.Op(ir.Mul, late, late), late}, nil
	}},
	{"snapshot", func(b *ir.Builder) ([]ir.ID, []ir.Update) {
		v, w := b.Input("v", 3), b.Input("w", 3)
		x := b.Input("x", 3)
		return []ir.ID{b.Reshape(w, 3, 1), x}, []ir.Update{{Into: v, Value: w}, {Into: w, Value: x}}
	}},
}

func TestPassesGolden(t *testing.T) {
	have := map[string]bool{}
	for _, c := range passPrograms {
		have[c.pass] = true
		t.Run(c.pass, func(t *testing.T) {
			b := ir.NewBuilder(strings.ReplaceAll(c.pass, " ", "-"), ir.Float32)
			outputs, updates := c.build(b)
			p, err := b.Done(outputs, updates...)
			if err != nil {
				t.Fatal(err)
			}
			for _, pass := range ir.Passes {
				if pass.Name == c.pass {
					golden(t, "pass-"+p.Name, "before "+p.String()+"\nafter "+ir.Prune(pass.Run(p)).String())
				}
			}
		})
	}
	for _, pass := range ir.Passes {
		if !have[pass.Name] {
			t.Errorf("the pass %q has no golden program", pass.Name)
		}
	}
}

// The schedule of ops that keep rows apart, that mix them, and that do not depend on one another.
func TestScheduleGolden(t *testing.T) {
	b := ir.NewBuilder("schedule", ir.Float32)
	x, w, v := b.Input("x", 6, 4), b.Input("w", 4, 3), b.Input("v", 6)
	mm := b.Op(ir.MatMul, x, w)
	soft := b.Emit(ir.Instr{Op: ir.Softmax, Args: []ir.ID{mm}}) // in step with mm
	rows := b.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{soft}, Axes: []int{1}})
	cube := b.Op(ir.Exp, b.Reshape(soft, 6, 3, 1)) // a reshape that keeps the rows
	flat := b.Op(ir.Exp, b.Reshape(soft, 18))      // and one that does not
	cols := b.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{soft}, Axes: []int{0}})
	apart := b.Op(ir.Tanh, v)                                         // depends on nothing: the first phase
	joined := b.Op(ir.Mul, apart, rows)                               // joins two groups of one phase
	vector := b.Emit(ir.Instr{Op: ir.Softmax, Args: []ir.ID{joined}}) // needs all elements
	p := done(t, b, []ir.ID{cube, flat, cols, vector})
	phases := ir.Schedule(p)
	golden(t, "schedule", p.String()+ir.FormatSchedule(phases))
}

// The plan of values that follow one another, and of updates in place and by copy.
func TestPlanGolden(t *testing.T) {
	b := ir.NewBuilder("plan", ir.Float32)
	x := b.Input("x", 40)
	v, w, u := b.Input("v", 40), b.Input("w", 40), b.Input("u", 8, 5)
	sum := func(a ir.ID) ir.ID { return b.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{a}, Axes: []int{0}}) }
	a := b.Op(ir.Exp, x)
	c := b.Op(ir.Mul, x, sum(a)) // may lie where a was
	d := b.Op(ir.Mul, x, sum(c)) // and this where c was
	inPlace := b.Op(ir.Sub, v, d)
	read := b.Op(ir.Sub, w, d) // w is read in the same phase by another
	other := b.Op(ir.Add, w, d)
	through := b.Op(ir.Sub, b.Reshape(u, 40), d)
	soft := b.Op(ir.Softmax, b.Reshape(b.Op(ir.Tanh, x), 8, 5)) // where the tanh was
	scores := b.Op(ir.Exp, soft)                                // not where the softmax is: an output
	grad := b.Op(ir.LogLikelihoodGrad, scores, b.Input("t", 8, 5), b.Scalar(1))
	pair := ir.Instr{Op: ir.Chain, Args: []ir.ID{b.Op(ir.Exp, x)}, Views: []ir.View{ir.Identity(ir.Shape{40})}, Shape: ir.Shape{40}, Back: 1,
		Body: []ir.ScalarOp{{Op: ir.Tanh}, {Op: ir.Mul, A: 0, B: 1}}}
	beside := b.Emit(pair)
	pair.Back = 0
	both := b.Op(ir.Add, b.Op(ir.Mul, b.Emit(pair), sum(beside)), beside) // the second takes the place of the exp
	p := done(t, b, []ir.ID{other, d, soft, grad, both}, ir.Update{Into: v, Value: inPlace}, ir.Update{Into: w, Value: read},
		ir.Update{Into: u, Value: b.Reshape(through, 8, 5)})
	phases := ir.Schedule(p)
	golden(t, "plan", p.String()+ir.FormatSchedule(phases)+ir.PlanMemory(p, phases).Format(p))
}
