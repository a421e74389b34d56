package ir_test

import (
	"strings"
	"testing"

	"github.com/stheno/stheno/ir"
)

// Every rule names the op and what does not fit.
func TestShapeErrors(t *testing.T) {
	b := ir.NewBuilder("errors", ir.Float32)
	s, v, m, n := b.Input("s"), b.Input("v", 3), b.Input("m", 2, 3), b.Input("n", 4, 5)
	args := func(ids ...ir.ID) []ir.ID { return ids }
	views := func(offset int, strides ...int) []ir.View { return []ir.View{{Offset: offset, Strides: strides}} }
	for _, c := range []struct {
		in   ir.Instr
		want string
	}{
		{ir.Instr{Op: ir.Exp, Args: args(m, n)}, "exp takes 1 arguments, not 2"},
		{ir.Instr{Op: ir.Add, Args: args(m, n)}, "add: shapes 2x3 and 4x5 differ"},
		{ir.Instr{Op: ir.Mul, Args: args(v, m)}, "mul: shapes 3 and 2x3 differ"},
		{ir.Instr{Op: ir.Exp, Args: args(99)}, "exp: argument %99 is not defined yet"},
		{ir.Instr{Op: ir.MatMul, Args: args(m, n)}, "matmul: inner sizes of 2x3 and 4x5 differ (3 and 4)"},
		{ir.Instr{Op: ir.MatMul, Args: args(m, m), TransA: true, TransB: true}, "matmul: inner sizes of 2x3 and 2x3 differ (2 and 3)"},
		{ir.Instr{Op: ir.MatMul, Args: args(m, v)}, "matmul: 2x3 and 3 are not both matrices"},
		{ir.Instr{Op: ir.MatMul, Args: args(m, m, v), Bias: true, TransB: true}, "matmul: a bias of shape 3 for 2 columns"},
		{ir.Instr{Op: ir.MatMul, Args: args(m, m), Bias: true, TransB: true}, "matmul takes 3 arguments here, not 2"},
		{ir.Instr{Op: ir.MatMul, Args: args(m, m, v, s), Acc: true, TransB: true}, "matmul: cannot add scalar·AB to 3"},
		{ir.Instr{Op: ir.MatMul, Args: args(m, m, v, s), Acc: true, Bias: true}, "matmul: a bias or what to add to, not both"},
		{ir.Instr{Op: ir.MatMul, Args: args(m, m), Act: ir.Add, TransB: true}, "matmul: add is no activation: those are the element-wise ops of one argument"},
		{ir.Instr{Op: ir.MatMul, Args: args(m, m), Act: ir.Softmax, TransB: true}, "matmul: softmax is no activation: those are the element-wise ops of one argument"},
		{ir.Instr{Op: ir.Sum, Args: args(m), Axes: []int{2}}, "sum: 2x3 has no axis 2"},
		{ir.Instr{Op: ir.Max, Args: args(m), Axes: []int{1, 0}}, "max: axes [1 0] are not ascending"},
		{ir.Instr{Op: ir.Sum, Args: args(m), Axes: []int{1, 1}}, "sum: axes [1 1] are not ascending"},
		{ir.Instr{Op: ir.Concat, Axes: []int{0}}, "concat of [] along axes [0]: it takes at least one argument, and one axis that all have"},
		{ir.Instr{Op: ir.Concat, Args: args(m, m)}, "concat of [2x3 2x3] along axes []: it takes at least one argument, and one axis that all have"},
		{ir.Instr{Op: ir.Concat, Args: args(m, m), Axes: []int{2}}, "concat of [2x3 2x3] along axes [2]: it takes at least one argument, and one axis that all have"},
		{ir.Instr{Op: ir.Concat, Args: args(m, n), Axes: []int{0}}, "concat along axis 0: 2x3 and 4x5 differ in another axis"},
		{ir.Instr{Op: ir.Concat, Args: args(m, v), Axes: []int{0}}, "concat along axis 0: 2x3 and 3 differ in another axis"},
		{ir.Instr{Op: ir.BatchMatMul, Args: args(m, m)}, "batchmatmul: 2x3 and 2x3 are not as many matrices"},
		{ir.Instr{Op: ir.ViewOp, Args: args(m), Shape: ir.Shape{2}}, "view: 0 views for one argument"},
		{ir.Instr{Op: ir.ViewOp, Args: args(m), Shape: ir.Shape{2}, Views: views(0, 1, 1)}, "view [1 1] does not have the 1 dimensions of 2"},
		{ir.Instr{Op: ir.ViewOp, Args: args(m), Shape: ir.Shape{3, 2}, Views: views(1, 1, 3)}, "view 1+[1 3] of shape 3x2 leaves a source of shape 2x3"},
		{ir.Instr{Op: ir.ViewOp, Args: args(m), Shape: ir.Shape{2}, Views: views(1, -1)}, "view 1+[-1] walks backwards"},
		{ir.Instr{Op: ir.Reshape, Args: args(m), Shape: ir.Shape{4}}, "reshape: 2x3 has 6 elements, 4 has 4"},
		{ir.Instr{Op: ir.Softmax, Args: args(s)}, "softmax of a scalar"},
		{ir.Instr{Op: ir.LogLikelihood, Args: args(m, n)}, "loglikelihood: logits 2x3 and targets 4x5 differ"},
		{ir.Instr{Op: ir.LogLikelihoodGrad, Args: args(m, m, v)}, "loglikelihoodgrad: the factor is of shape 3, not a scalar"},
		{ir.Instr{Op: ir.Chain, Args: args(m), Shape: ir.Shape{2, 3}}, "chain: 0 views for 1 arguments, 0 steps"},
		{ir.Instr{Op: ir.Chain, Args: args(v), Shape: ir.Shape{2, 3}, Views: views(0, 3, 1), Body: []ir.ScalarOp{{Op: ir.Exp}}},
			"chain: argument 0: view [3 1] of shape 2x3 leaves a source of shape 3"},
		{ir.Instr{Op: ir.Chain, Args: args(m), Shape: ir.Shape{2, 3}, Views: views(0, 3, 1), Body: []ir.ScalarOp{{Op: ir.Add, A: 0, B: 1}}},
			"chain: step 0 reads what is not there yet"},
		{ir.Instr{Op: ir.Chain, Args: args(m), Shape: ir.Shape{2, 3}, Views: views(0, 3, 1), Body: []ir.ScalarOp{{Op: ir.Exp, A: -1}}},
			"chain: step 0 reads what is not there yet"},
	} {
		one := ir.Builder{P: *b.P.Clone()}
		one.Emit(c.in)
		if err := one.Err(); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v\nwant: %s", c.in.Op, err, c.want)
		}
	}
}

func TestBuilderErrors(t *testing.T) {
	b := ir.NewBuilder("const", ir.Float32)
	b.Const([]float64{1, 2}, 3)
	b.Op(ir.Exp, 7) // after an error nothing is added, and the first error stays
	if _, err := b.Done(nil); err == nil || err.Error() != "const: 2 values for shape 3" {
		t.Error(err)
	}
	b = ir.NewBuilder("update", ir.Float32)
	w := b.Input("w", 2)
	_, err := b.Done(nil, ir.Update{Into: w, Value: b.Scalar(1)})
	if err == nil || !strings.Contains(err.Error(), `update of input "w" (2) with a value of shape scalar`) {
		t.Error(err)
	}
}

func TestEvalErrors(t *testing.T) {
	b := ir.NewBuilder("eval", ir.Float32)
	p := done(t, b, []ir.ID{b.Op(ir.Exp, b.Input("x", 2))})
	if _, _, err := p.Eval(map[string][]float64{"x": {1}}); err == nil || err.Error() != `input "x": 1 values for shape 2` {
		t.Error(err)
	}
}

// One view after another reads what both read in turn, or says that it cannot be one.
func TestViewThen(t *testing.T) {
	src := ir.Shape{4, 6}
	for _, c := range []struct {
		name   string
		mid    ir.Shape
		v, w   ir.View
		out    ir.Shape
		joined bool
	}{
		{"transpose twice", ir.Shape{6, 4}, ir.View{Strides: []int{1, 6}}, ir.View{Strides: []int{1, 4}}, ir.Shape{4, 6}, true},
		{"slice of a slice", ir.Shape{3, 2}, ir.View{Offset: 8, Strides: []int{6, 2}}, ir.View{Offset: 1, Strides: []int{2}}, ir.Shape{3}, true},
		{"row of a transpose", ir.Shape{6, 4}, ir.View{Strides: []int{1, 6}}, ir.View{Offset: 8, Strides: []int{1}}, ir.Shape{4}, true},
		{"broadcast of a row", ir.Shape{1, 6}, ir.View{Offset: 6, Strides: []int{6, 1}}, ir.View{Strides: []int{0, 1}}, ir.Shape{3, 6}, true},
		{"axis of size 1", ir.Shape{4, 1}, ir.View{Strides: []int{6, 1}}, ir.View{Strides: []int{1}}, ir.Shape{4}, true},
		{"across rows", ir.Shape{3, 2}, ir.View{Strides: []int{6, 1}}, ir.View{Strides: []int{1}}, ir.Shape{3}, false},
		{"into the next row", ir.Shape{3, 2}, ir.View{Strides: []int{6, 1}}, ir.View{Offset: 1, Strides: []int{1}}, ir.Shape{2}, false},
		{"two axes along one", ir.Shape{2, 2}, ir.View{Strides: []int{6, 1}}, ir.View{Strides: []int{1, 1}}, ir.Shape{2, 2}, false},
		{"every other", ir.Shape{3, 4}, ir.View{Strides: []int{6, 1}}, ir.View{Strides: []int{2}}, ir.Shape{2}, false},
		{"empty", ir.Shape{0, 4}, ir.View{Strides: []int{6, 1}}, ir.View{Strides: []int{4, 1}}, ir.Shape{0, 4}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			both, ok := c.v.Then(c.mid, c.w, c.out)
			if ok != c.joined {
				t.Fatalf("joined: %v, want %v", ok, c.joined)
			}
			if !ok {
				return
			}
			var mid, want, got []int
			c.v.Each(c.mid, func(_, at int) { mid = append(mid, at) })
			c.w.Each(c.out, func(_, at int) { want = append(want, mid[at]) })
			both.Each(c.out, func(_, at int) { got = append(got, at) })
			for i := range want {
				if got[i] != want[i] || got[i] >= src.Size() {
					t.Fatalf("reads %v, want %v", got, want)
				}
			}
		})
	}
}

// The shape that a reduction scatters into, for axes anywhere.
func TestReduceView(t *testing.T) {
	v := ir.ReduceView(ir.Shape{2, 3, 4}, []int{1})
	if got, want := v.String(), "[4 0 1]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
