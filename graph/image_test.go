package graph

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// imageNet is a net of convolutions with what stands around them, and its cost.
func imageNet(batch int) (g *G.ExprGraph, cost *G.Node, params G.Nodes) {
	g = G.NewGraph()
	param := func(name string, shape ...int) *G.Node {
		n := G.NewTensor(g, tensor.Float32, len(shape), G.WithShape(shape...), G.WithName(name), G.WithInit(G.GlorotN(1)))
		params = append(params, n)
		return n
	}
	x := G.NewTensor(g, tensor.Float32, 4, G.WithShape(batch, 3, 12, 12), G.WithName("x"), G.WithInit(G.Uniform(-1, 1)))
	h := x
	for i, w := range []*G.Node{param("w0", 8, 3, 3, 3), param("w1", 16, 8, 3, 3)} {
		h = G.Must(G.Conv2d(h, w, tensor.Shape{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1}))
		bias := param([]string{"b0", "b1"}[i], 1, w.Shape()[0], 1, 1)
		h = G.Must(G.Rectify(G.Must(G.BroadcastAdd(h, bias, nil, []byte{0, 2, 3}))))
		h = G.Must(G.MaxPool2D(h, tensor.Shape{2, 2}, []int{0, 0}, []int{2, 2}))
		h = G.Must(G.Dropout(h, 0.25))
	}
	h = G.Must(G.Reshape(h, tensor.Shape{batch, 16 * 9}))
	cost = G.Must(G.Mean(G.Must(G.Square(G.Must(G.Mul(h, param("w2", 144, 10)))))))
	return g, cost, params
}

// TestImagesStayChannelsLast: the program of a net of convolutions has no function on the host and no matrix of patches. What is
// transposed are weights and biases, small, the images that come in, and what goes to the dense layer and comes back from it.
func TestImagesStayChannelsLast(t *testing.T) {
	g, cost, params := imageNet(10)
	grads, err := G.Grad(cost, params...)
	must(t, err)
	m, err := NewMachine(g, Only(append(grads, cost)...))
	must(t, err)
	defer m.Close()
	must(t, m.RunAll())
	p := m.Program().unit.Program
	count, transposed := countOps(p, 10)
	if count[ir.Host] > 0 || count[ir.Patches] > 0 || count[ir.Conv] != 3 || count[ir.ConvWeights] != 2 {
		t.Errorf("%d on the host, %d patches, %d convolutions, %d gradients by weights, want 0, 0, 3, 2:\n%v",
			count[ir.Host], count[ir.Patches], count[ir.Conv], count[ir.ConvWeights], p)
	}
	if want := []string{"10x12x12x3", "10x16x3x3", "10x3x3x16"}; !slices.Equal(transposed, want) {
		t.Errorf("transposed: %v, want %v:\n%v", transposed, want, p)
	}
}

// countOps counts a program's ops, and lists the shapes of what is brought into another order, of values with so many rows.
func countOps(p *ir.Program, rows int) (count map[ir.Op]int, transposed []string) {
	count = map[ir.Op]int{}
	for i := range p.Instrs {
		in := p.At(ir.ID(i))
		count[in.Op]++
		if in.Op == ir.ViewOp && in.Shape.Rows() == rows {
			transposed = append(transposed, in.Shape.String())
		}
		if in.Op != ir.Chain {
			continue
		}
		for j, v := range in.Views {
			if !v.IsIdentity(in.Shape) && p.At(in.Args[j]).Shape.Size() == in.Shape.Size() {
				transposed = append(transposed, in.Shape.String())
			}
		}
	}
	slices.Sort(transposed)
	return count, transposed
}

// TestJoinedImagesStayChannelsLast: a net that halves images, doubles them again and puts what it had behind them, as tiny YOLO v3 does,
// computes with channels last throughout. What is brought into another order are the images that come in, and those that are doubled.
func TestJoinedImagesStayChannelsLast(t *testing.T) {
	g, params := G.NewGraph(), G.Nodes{}
	conv := func(x *G.Node, to int) *G.Node {
		w := G.NewTensor(g, tensor.Float32, 4, G.WithShape(to, x.Shape()[1], 3, 3), G.WithName(fmt.Sprintf("w%d", to)), G.WithInit(G.GlorotN(1)))
		params = append(params, w)
		return G.Must(G.LeakyRelu(G.Must(G.Conv2d(x, w, tensor.Shape{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1})), 0.1))
	}
	x := G.NewTensor(g, tensor.Float32, 4, G.WithShape(7, 3, 8, 8), G.WithName("x"), G.WithInit(G.Uniform(-1, 1)))
	large := conv(x, 4)
	small := conv(G.Must(G.MaxPool2D(large, tensor.Shape{2, 2}, []int{0, 0}, []int{2, 2})), 5)
	y := conv(G.Must(G.Concat(1, G.Must(G.Tanh(G.Must(G.Upsample2D(small, 2)))), large)), 6)
	cost := G.Must(G.Mean(G.Must(G.Square(y))))
	grads, err := G.Grad(cost, params...)
	must(t, err)
	m, err := NewMachine(g, Only(append(grads, cost)...))
	must(t, err)
	defer m.Close()
	must(t, m.RunAll())
	p := m.Program().unit.Program
	count, transposed := countOps(p, 7)
	if count[ir.Host] > 0 || count[ir.Conv] != 5 || count[ir.Concat] != 1 {
		t.Errorf("%d on the host, %d convolutions, %d concatenations, want 0, 5, 1:\n%v", count[ir.Host], count[ir.Conv], count[ir.Concat], p)
	}
	if want := []string{"7x4x2x4x2x5", "7x8x8x3"}; !slices.Equal(transposed, want) {
		t.Errorf("in another order: %v, want %v:\n%v", transposed, want, p)
	}
}

// TestDropoutDraws: the same seed drops the same, on any number of cores and in both types; another seed and the next run drop other
// units; a program that is compiled anew goes on.
func TestDropoutDraws(t *testing.T) {
	draw := func(e backend.Engine, dt tensor.Dtype, seed uint64, runs int, between func(y *G.Node)) (kept [][]bool) {
		g := G.NewGraph()
		x := G.NewMatrix(g, dt, G.WithShape(200, 50), G.WithName("x"), G.WithInit(G.Ones()))
		y := G.Must(G.Dropout(x, 0.5))
		m, err := NewMachine(g, On(e), Seed(seed))
		must(t, err)
		defer m.Close()
		for range runs {
			must(t, m.RunAll())
			var run []bool
			for _, v := range values(t, y) {
				run = append(run, v != 0)
			}
			kept = append(kept, run)
			if between != nil {
				between(y)
			}
		}
		return kept
	}
	onEngines(t, func(t *testing.T, e backend.Engine) {
		first := draw(e, tensor.Float64, 7, 4, nil)
		for i := range first {
			for j := range i {
				if slices.Equal(first[i], first[j]) {
					t.Errorf("runs %d and %d drop the same", i, j)
				}
			}
		}
		same := func(what string, other [][]bool, want bool) {
			if slices.EqualFunc(first, other, slices.Equal) != want {
				t.Errorf("%s: the same is %v, want %v", what, !want, want)
			}
		}
		same("the same seed", draw(e, tensor.Float32, 7, 4, nil), true)
		same("another seed", draw(e, tensor.Float64, 8, 4, nil), false)
		same("compiled anew", draw(e, tensor.Float64, 7, 4, func(y *G.Node) {
			op := y.Op().(G.TrainModeOp)
			must(t, op.SetTraining(true)) // as it is
		}), true)
	})
}

// TestImagesAllocateNothing: neither a step of a net of images, with dropout, nor its answer to one image.
func TestImagesAllocateNothing(t *testing.T) {
	for _, batch := range []int{1, 10} {
		g, cost, params := imageNet(batch)
		grads, err := G.Grad(cost, params...)
		must(t, err)
		for name, keep := range map[string]G.Nodes{"step": append(grads, cost), "forward": {cost}} {
			m, err := NewMachine(g, Only(keep...))
			must(t, err)
			must(t, m.RunAll())
			if n := testing.AllocsPerRun(5, func() { must(t, m.Program().Run()) }); n > 0 {
				t.Errorf("batch %d, %s: a run allocates %v times", batch, name, n)
			}
			must(t, m.Close())
		}
	}
}
