package ir_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
)

// Every rule names the op and what does not fit.
func TestGroupErrors(t *testing.T) {
	window := ir.Window{Size: [2]int{3, 3}, Step: [2]int{1, 1}, Dilation: [2]int{1, 1}, Before: [2]int{1, 1}, Spread: [2]int{1, 1}}
	b := ir.NewBuilder("errors", ir.Float32)
	x, g, w, m := b.Input("x", 2, 5, 5, 6), b.Input("g", 2, 5, 5, 4), b.Input("w", 3, 3, 3, 4), b.Input("m", 2, 3)
	for _, c := range []struct {
		in   ir.Instr
		want string
	}{
		{ir.Instr{Args: []ir.ID{x}}, "groupconv takes 2 arguments here, not 1"},
		{ir.Instr{Args: []ir.ID{x, w}, Act: ir.Add}, "groupconv: add is no activation: those are the element-wise ops of one argument"},
		{ir.Instr{Args: []ir.ID{m, w}, Groups: 2}, "groupconv: 2x3 and 2x5x5x4 are not images of one batch"},
		{ir.Instr{Args: []ir.ID{x, w}}, "groupconv: 0 groups of 6 channels and of 4 new ones"},
		{ir.Instr{Args: []ir.ID{x, w}, Groups: 3}, "groupconv: 3 groups of 6 channels and of 4 new ones"},
		{ir.Instr{Args: []ir.ID{x, w}, Groups: 1},
			"groupconv: 2x5x5x6 to 2x5x5x4 in 1 groups with weights 3x3x3x4, not 3x3x6x4: they have the axes row, column, channel of the group, new channel"},
		{ir.Instr{Args: []ir.ID{x, w, m}, Groups: 2, Bias: true}, "groupconv: a bias of shape 2x3 for 4 channels"},
		{ir.Instr{Op: ir.GroupConvWeights, Args: []ir.ID{x, m}, Groups: 2}, "groupconvweights: 2x5x5x6 and 2x3 are not images of one batch"},
		{ir.Instr{Op: ir.GroupConvWeights, Args: []ir.ID{x, g}, Groups: 4}, "groupconvweights: 4 groups of 6 channels and of 4 new ones"},
	} {
		if c.in.Op == ir.None {
			c.in.Op, c.in.Shape = ir.GroupConv, ir.Shape{2, 5, 5, 4}
		}
		c.in.Window = window
		one := ir.Builder{P: *b.P.Clone()}
		one.Emit(c.in)
		if err := one.Err(); err == nil || err.Error() != c.want {
			t.Errorf("%v\nwant: %s", err, c.want)
		}
	}
}

// TestGroupsAreConvolutions: group by group, a convolution in groups is one; and with c = Σ g·conv(x, w), its two gradients fulfil
// Σ x·dx = Σ w·dw = c, for c is linear in each.
func TestGroupsAreConvolutions(t *testing.T) {
	for seed := range uint64(200) {
		g := irtest.New("groups", ir.Float64, seed)
		y := g.Sample(ir.GroupConv, nil)
		in := *g.P.At(y)
		in.Bias, in.Act, in.Args = false, ir.None, in.Args[:2]
		y = g.Emit(in)
		x, w := in.Args[0], in.Args[1]
		of := g.P.GroupsOf(&in)
		slice := func(v ir.ID, n, each int) ir.ID {
			s := g.Shape(v)
			return g.View(v, ir.View{Offset: n * each, Strides: s.Strides()}, s[0], s[1], s[2], each)
		}
		old, new := g.Shape(x)[3]/of.Groups, in.Shape[3]/of.Groups
		outputs := []ir.ID{y}
		for n := range of.Groups {
			one := ir.Instr{Op: ir.Conv, TransB: in.TransB, Window: in.Window, Args: []ir.ID{slice(x, n, old), slice(w, n, of.To)}}
			one.Shape = ir.Shape{in.Shape[0], in.Shape[1], in.Shape[2], new}
			outputs = append(outputs, g.Emit(one), slice(y, n, new))
		}
		dy := g.Arg(in.Shape...)
		back := ir.Instr{Op: ir.GroupConv, TransB: !in.TransB, Groups: in.Groups, Window: in.Window.Adjoint(), Args: []ir.ID{dy, w}, Shape: g.Shape(x)}
		dx := g.Emit(back)
		total := func(a, b ir.ID) {
			sum := ir.Instr{Op: ir.Sum, Args: []ir.ID{g.Op(ir.Mul, a, b)}, Axes: []int{0, 1, 2, 3}}
			outputs = append(outputs, g.Emit(sum))
		}
		total(y, dy)
		total(x, dx)
		if !in.TransB {
			dw := ir.Instr{Op: ir.GroupConvWeights, Groups: in.Groups, Window: in.Window, Args: []ir.ID{x, dy}}
			total(w, g.Emit(dw))
		}
		p, err := g.Done(outputs)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		out, _, err := p.Eval(g.In)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		same := func(a, b []float64) {
			for i := range a {
				if math.Abs(a[i]-b[i]) > 1e-9*max(1, math.Abs(a[i])) {
					t.Fatalf("seed %d: %v, want %v:\n%v", seed, a[i], b[i], p)
				}
			}
		}
		for n := range of.Groups {
			same(out[2+2*n], out[1+2*n])
		}
		for _, sum := range out[2+2*of.Groups:] {
			same(sum, out[1+2*of.Groups])
		}
	}
}

// TestGroupsOfSimplerOps: without kernels for them they are made of ops that every engine can have, whose number does not grow with that of
// small groups.
func TestGroupsOfSimplerOps(t *testing.T) {
	for seed := range uint64(200) {
		for _, op := range []ir.Op{ir.GroupConv, ir.GroupConvWeights} {
			g := irtest.New("groups", ir.Float64, seed)
			p := done(t, g.Builder, []ir.ID{g.Sample(op, nil)})
			q := ir.Lower(p, func(_ *ir.Program, in *ir.Instr) bool { return in.Op != ir.GroupConv && in.Op != ir.GroupConvWeights })
			if err := sound(q); err != nil {
				t.Fatalf("seed %d: %v\n%v", seed, err, q)
			}
			if err := sameMeaning(p, q, g.In); err != nil {
				t.Fatalf("seed %d: %v\n%v%v", seed, err, p, q)
			}
			if count(q, ir.Host) > 0 || len(q.Instrs) > 40 && count(q, ir.Conv)+count(q, ir.ConvWeights) == 0 {
				t.Fatalf("seed %d: %d instructions:\n%v", seed, len(q.Instrs), q)
			}
		}
	}
}

// TestGroupsTakeBiasAndActivation: what is added to each pixel, and an activation behind it, are the convolution's own; its line says all.
func TestGroupsTakeBiasAndActivation(t *testing.T) {
	window := ir.Window{Size: [2]int{3, 3}, Step: [2]int{2, 2}, Dilation: [2]int{1, 1}, Before: [2]int{1, 1}, Spread: [2]int{1, 1}}
	b := ir.NewBuilder("bias", ir.Float32)
	conv := ir.Instr{Op: ir.GroupConv, Args: []ir.ID{b.Input("x", 2, 5, 5, 6), b.Input("w", 3, 3, 1, 6)}, Groups: 6, Window: window, Shape: ir.Shape{2, 3, 3, 6}}
	bias := b.View(b.Input("b", 1, 6, 1, 1), ir.View{Strides: []int{0, 0, 0, 1}}, 2, 3, 3, 6)
	p := ir.Optimize(done(t, b, []ir.ID{b.Op(ir.Tanh, b.Op(ir.Add, bias, b.Emit(conv)))}))
	if text, want := p.String(), "groupconv %0 %1 6 groups, 3x3 step 2 before 1 + %2 tanh "; !strings.Contains(text, want) {
		t.Errorf("no %q in:\n%v", want, text)
	}
}

// TestGroupsLeaveOthersTheirs: what is added along another axis, and a convolution that others read, too, stay as they are.
func TestGroupsLeaveOthersTheirs(t *testing.T) {
	window := ir.Window{Size: [2]int{1, 1}, Step: [2]int{1, 1}, Dilation: [2]int{1, 1}, Spread: [2]int{1, 1}}
	for _, c := range []struct {
		strides []int
		twice   bool
	}{{[]int{0, 0, 1, 0}, false}, {[]int{0, 1, 0, 0}, false}, {[]int{0, 0, 0, 1}, true}} {
		g := irtest.New("others", ir.Float64, 1)
		x := g.Fresh(-1, 1, 2, 3, 3, 3)
		y := g.Emit(ir.Instr{Op: ir.GroupConv, Args: []ir.ID{x, g.Fresh(-1, 1, 1, 1, 1, 3)}, Groups: 3, Window: window, Shape: g.Shape(x)})
		outputs := []ir.ID{g.Op(ir.Add, y, g.View(g.Fresh(-1, 1, 3), ir.View{Strides: c.strides}, 2, 3, 3, 3))}
		if c.twice {
			outputs = append(outputs, y)
		}
		p := done(t, g.Builder, outputs)
		q := ir.Optimize(p)
		if err := sameMeaning(p, q, g.In); err != nil {
			t.Errorf("%v: %v", c, err)
		}
		if n := count(q, ir.GroupConv); n != 1 || strings.Contains(q.String(), "3 groups, 1x1 +") {
			t.Errorf("%v: %d convolutions:\n%v", c, n, q)
		}
	}
}
