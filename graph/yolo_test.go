package graph

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stheno/stheno/backend"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// yoloImage is what the layer before gives for one image: of 3x3 cells two boxes with three classes.
func yoloImage(seed uint64) []float32 {
	r, data := rand.New(rand.NewPCG(seed, 1)), make([]float32, 16*9)
	for i := range data {
		data[i] = float32(r.NormFloat64())
	}
	return data
}

// yoloGraph is the output layer for such images.
func yoloGraph(g *G.ExprGraph, data []float32, anchors []float32, masks ...int) *G.Node {
	shape := tensor.Shape{len(data) / (16 * 9), 16, 3, 3}
	x := G.NewTensor(g, G.Float32, 4, G.WithShape(shape...), G.WithName("x"), G.WithValue(tensor.New(tensor.WithShape(shape...), tensor.WithBacking(slices.Clone(data)))))
	return G.Must(G.YOLOv3(x, anchors, masks, 96, 3, 0.5))
}

// TestYOLOAsTape: one image is computed as the TapeMachine does, and each of two images, which that refuses, as if alone.
func TestYOLOAsTape(t *testing.T) {
	first, second, anchors := yoloImage(1), yoloImage(2), []float32{10, 14, 23, 27}
	onEngines(t, func(t *testing.T, e backend.Engine) {
		var both []float64
		for _, image := range [][]float32{first, second} {
			tape, ours := runOn(t, e, func(g *G.ExprGraph) *G.Node { return yoloGraph(g, image, anchors, 0, 1) })
			if len(ours) != len(image) || len(tape) != len(ours) || maxDiff(tape, ours) > 1e-4 {
				t.Errorf("%v, the TapeMachine gives %v", ours, tape)
			}
			both = append(both, ours...)
		}
		tape, ours := runOn(t, e, func(g *G.ExprGraph) *G.Node { return yoloGraph(g, slices.Concat(first, second), anchors, 0, 1) })
		if len(tape) != 0 || len(ours) != len(both) || maxDiff(ours, both) > 1e-6 {
			t.Errorf("of two images %v, each alone %v; the TapeMachine gives %v", ours, both, tape)
		}
	})
}

// TestYOLOTakesTheAnchorsOfItsMasks: the TapeMachine takes the first.
func TestYOLOTakesTheAnchorsOfItsMasks(t *testing.T) {
	anchors := []float32{10, 14, 23, 27, 81, 82}
	run := func(t *testing.T, e backend.Engine, anchors []float32, masks ...int) (tape, ours []float64) {
		return runOn(t, e, func(g *G.ExprGraph) *G.Node { return yoloGraph(g, yoloImage(1), anchors, masks...) })
	}
	onEngines(t, func(t *testing.T, e backend.Engine) {
		_, want := run(t, e, anchors[2:], 0, 1)
		tape, ours := run(t, e, anchors, 1, 2)
		if d := maxDiff(ours, want); d != 0 || len(ours) != len(want) {
			t.Errorf("masks 1 and 2 differ by %g from the first two of the anchors that they name", d)
		}
		if maxDiff(tape, want) < 1 {
			t.Errorf("the TapeMachine is right: %v", tape)
		}
	})
}

// TestYOLOIsNative, but in training, whose targets lie in the images.
func TestYOLOIsNative(t *testing.T) {
	g := G.NewGraph()
	evaluated := yoloGraph(g, yoloImage(1), []float32{10, 14, 23, 27}, 0, 1)
	targets := G.NewTensor(g, G.Float32, 4, G.WithShape(1, 1, 3, 3), G.WithName("targets"), G.WithInit(G.Zeroes()))
	trained := G.Must(G.YOLOv3(childrenOf(evaluated)[0], []float32{10, 14, 23, 27}, []int{0, 1}, 96, 3, 0.5, targets))
	for n, native := range map[*G.Node]bool{evaluated: true, trained: false} {
		p, err := lowerSpec(Spec{Name: "yolo", Outputs: G.Nodes{n}})
		must(t, err)
		if host := hostOps(p.Program); (host == "") != native {
			t.Errorf("on the host: %q; native is %v", host, native)
		}
	}
}
