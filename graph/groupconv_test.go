package graph

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"

	G "gorgonia.org/gorgonia"
)

// drawnGroups is a convolution in groups with random numbers of everything, or its transpose, behind a function that bends it; and what it
// was made of. Some signals have one row.
func drawnGroups(r *rand.Rand) (in *gradInputs, y *G.Node, err error) {
	in = &gradInputs{g: G.NewGraph(), r: r}
	groups := []int{2, 3, 4, 7, 16, 17, 33}[r.IntN(7)]
	from, to := 1, 1
	switch r.IntN(4) {
	case 0:
		to = 1 + r.IntN(3)
	case 1:
		from, to = 1+r.IntN(6), 1+r.IntN(6)
	}
	w, size, rows := Windows{Groups: groups}, [2]int{}, [2]int{}
	for a := range 2 {
		size[a], w.Stride[a], w.Dilation[a], w.Before[a], w.After[a] = 1+r.IntN(4), 1+r.IntN(3), 1+r.IntN(2), r.IntN(4), r.IntN(4)
		rows[a] = max(1, (size[a]-1)*w.Dilation[a]+1-w.Before[a]-w.After[a]) + r.IntN(9)
	}
	if r.IntN(5) == 0 {
		size[0], w.Before[0], w.After[0], rows[0] = 1, 0, 0, 1
	}
	filters := in.normal(groups*to, from, size[0], size[1])
	if r.IntN(3) > 0 {
		y, err = GroupConv2d(in.normal(1+r.IntN(3), groups*from, rows[0], rows[1]), filters, w)
	} else {
		y, err = GroupConvTranspose2d(in.normal(1+r.IntN(3), groups*to, 1+r.IntN(4), 1+r.IntN(4)), filters, w, rows[0], rows[1])
	}
	if err != nil {
		return nil, nil, err
	}
	y, err = G.Mean(G.Must(G.Tanh(y)))
	if err == nil {
		_, err = G.Grad(y, in.leaves...)
	}
	return in, y, err
}

// TestGroupConv: convolutions in groups and their gradients on every engine are those of Gorgonia's machine, which runs the ops' own Do.
func TestGroupConv(t *testing.T) {
	onEngines(t, func(t *testing.T, e backend.Engine) {
		for range 60 {
			seed := rand.Uint64()
			run := func(machine func(g *G.ExprGraph) G.VM) (all [][]float64) {
				in, cost, err := drawnGroups(rand.New(rand.NewPCG(seed, 1)))
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				m := machine(in.g)
				defer m.Close()
				if err := m.RunAll(); err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				if ours, ok := m.(*Machine); ok && hostOps(ours.Program().unit.Program) != "" {
					t.Errorf("seed %d: on the host: %s", seed, hostOps(ours.Program().unit.Program))
				}
				all = append(all, values(t, cost))
				for _, x := range in.leaves {
					all = append(all, gradOf(t, x))
				}
				return all
			}
			ours := run(func(g *G.ExprGraph) G.VM {
				m, err := NewMachine(g, On(e))
				must(t, err)
				return m
			})
			for i, want := range run(func(g *G.ExprGraph) G.VM { return G.NewTapeMachine(g, G.BindDualValues()) }) {
				if d := maxDiff(ours[i], want); d > 1e-12 || len(ours[i]) != len(want) {
					t.Fatalf("seed %d, result %d: %.2g from Gorgonia's machine", seed, i, d)
				}
			}
		}
	})
}

// TestGroupConvIsOneOp: a depthwise layer of many channels is a convolution in one instruction, and so are its gradients.
func TestGroupConvIsOneOp(t *testing.T) {
	in := &gradInputs{g: G.NewGraph(), r: rand.New(rand.NewPCG(1, 1))}
	y, err := GroupConv2d(in.normal(2, 512, 3, 3), in.normal(512, 1, 3, 3), Windows{Groups: 512, Before: [2]int{1, 1}, After: [2]int{1, 1}})
	must(t, err)
	cost := G.Must(G.Mean(G.Must(G.Square(y))))
	grads, err := G.Grad(cost, in.leaves...)
	must(t, err)
	p, err := lowerSpec(Spec{Name: "depthwise", Inputs: in.leaves, Outputs: append(grads, cost)})
	must(t, err)
	count, _ := countOps(ir.Optimize(p.Program), 2)
	if count[ir.GroupConv] != 2 || count[ir.GroupConvWeights] != 1 || count[ir.Host] > 0 {
		t.Errorf("%d convolutions, %d gradients by weights, %d on the host: want 2, 1, 0", count[ir.GroupConv], count[ir.GroupConvWeights], count[ir.Host])
	}
}

// TestGroupConvErrors: what does not fit is named, when the node is made.
func TestGroupConvErrors(t *testing.T) {
	in := &gradInputs{g: G.NewGraph(), r: rand.New(rand.NewPCG(1, 1))}
	images, flat := in.normal(2, 6, 5, 5), in.normal(3, 4)
	filters := func(shape ...int) *G.Node { return in.normal(shape...) }
	for _, c := range []struct {
		images, filters *G.Node
		w               Windows
		want            string
	}{
		{flat, filters(4, 3, 2, 2), Windows{Groups: 2}, "convolution of in1 by in2: images of the shape (3, 4)"},
		{images, flat, Windows{Groups: 2}, "filters of the shape (3, 4)"},
		{images, filters(4, 3, 2, 2), Windows{Groups: 2, Stride: [2]int{-1, 1}}, "strides [-1 1]"},
		{images, filters(4, 3, 6, 2), Windows{Groups: 2}, "windows of 6x2 are larger than images of (2, 6, 5, 5)"},
		{images, filters(4, 2, 2, 2), Windows{Groups: 2}, "images (2, 6, 5, 5), filters (4, 2, 2, 2) and results (2, 4, 4, 4) in 2 groups"},
		{images, filters(5, 3, 2, 2), Windows{Groups: 2}, "filters (5, 3, 2, 2)"},
	} {
		if _, err := GroupConv2d(c.images, c.filters, c.w); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	if _, err := GroupConvTranspose2d(images, filters(5, 3, 2, 2), Windows{}, 4, 4); err == nil || !strings.Contains(err.Error(), "images (2, 3, 4, 4)") {
		t.Error(err)
	}
}

// ExampleGroupConv2d: a depthwise convolution, each of whose channels has a filter of its own.
func ExampleGroupConv2d() {
	g := G.NewGraph()
	x := G.NewTensor(g, G.Float32, 4, G.WithShape(1, 2, 1, 3), G.WithName("x"), G.WithInit(G.RangedFrom(1)))
	f := G.NewTensor(g, G.Float32, 4, G.WithShape(2, 1, 1, 2), G.WithName("f"), G.WithInit(G.RangedFrom(0)))
	y := G.Must(GroupConv2d(x, f, Windows{Groups: 2, After: [2]int{0, 1}}))
	m, err := NewMachine(g)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer m.Close()
	if err := m.RunAll(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(y.Value().Data()) // 1, 2, 3 by 0, 1 and 4, 5, 6 by 2, 3
	// Output: [2 3 0 23 28 12]
}
