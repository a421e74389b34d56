package graph

import (
	"math/rand/v2"
	"testing"

	"github.com/stheno/stheno/backend"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// yoloGraph is the output layer of two boxes a cell, 3x3 cells and three classes, on images drawn at random, and its op's program.
func yoloGraph(g *G.ExprGraph, data []float32, anchors []float32, masks ...int) *G.Node {
	shape := tensor.Shape{len(data) / (16 * 9), 16, 3, 3}
	x := G.NewTensor(g, G.Float32, 4, G.WithShape(shape...), G.WithName("x"), G.WithValue(tensor.New(tensor.WithShape(shape...), tensor.WithBacking(append([]float32{}, data...)))))
	return G.Must(G.YOLOv3(x, anchors, masks, 96, 3, 0.5))
}

// TestYOLOAsTape: one image is computed as the TapeMachine does, and each of two images, which that refuses, as if alone.
func TestYOLOAsTape(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	data := make([]float32, 2*16*9)
	for i := range data {
		data[i] = float32(r.NormFloat64())
	}
	first, second, anchors := data[:len(data)/2], data[len(data)/2:], []float32{10, 14, 23, 27, 81, 82}
	onEngines(t, func(t *testing.T, e backend.Engine) {
		var both []float64
		for _, image := range [][]float32{first, second} {
			tape, ours := runOn(t, e, func(g *G.ExprGraph) *G.Node { return yoloGraph(g, image, anchors, 0, 1) })
			if len(ours) != len(image) || len(tape) != len(ours) || maxDiff(tape, ours) > 1e-4 {
				t.Errorf("%v, the TapeMachine gives %v", ours, tape)
			}
			both = append(both, ours...)
		}
		tape, ours := runOn(t, e, func(g *G.ExprGraph) *G.Node { return yoloGraph(g, data, anchors, 0, 1) })
		if len(tape) != 0 || len(ours) != len(both) || maxDiff(ours, both) > 1e-6 {
			t.Errorf("of two images %v, each alone %v; the TapeMachine gives %v", ours, both, tape)
		}
		tape, ours = runOn(t, e, func(g *G.ExprGraph) *G.Node { return yoloGraph(g, first, anchors, 1, 2) })
		if len(tape) != len(ours) || maxDiff(tape, ours) > 1e-4 {
			t.Errorf("with the last anchors %v, the TapeMachine gives %v", ours, tape)
		}
	})
}

// TestYOLOIsNative: but for boxes whose anchors Gorgonia mistakes.
func TestYOLOIsNative(t *testing.T) {
	for _, c := range []struct {
		masks  []int
		native bool
	}{{[]int{0, 1}, true}, {[]int{1, 2}, false}} {
		g := G.NewGraph()
		p, err := lowerSpec(Spec{Name: "yolo", Outputs: G.Nodes{yoloGraph(g, make([]float32, 16*9), []float32{10, 14, 23, 27, 81, 82}, c.masks...)}})
		must(t, err)
		if host := hostOps(p.Program); (host == "") != c.native {
			t.Errorf("masks %v: on the host: %q; native is %v", c.masks, host, c.native)
		}
	}
}
