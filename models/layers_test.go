package models_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stheno/stheno/graph"
	"github.com/stheno/stheno/models"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Four witnesses for each kind of layer, in training: Gorgonia's symbolic derivative compiled, the same graph on its TapeMachine, the
// pass by hand, and central differences.

// layerNets are small nets with every kind of layer, and every way to lay a window.
func layerNets() map[string]models.Sequential {
	images := func(channels, height, width int, layers ...models.Layer) models.Sequential {
		return models.Sequential{In: []int{channels, height, width}, Layers: append(layers, models.Dense(3))}
	}
	relu, tanh := models.Activate("relu"), models.Activate("tanh")
	nets := map[string]models.Sequential{
		"dense":             {In: []int{5}, Layers: []models.Layer{models.Dense(6), tanh, models.Dense(3)}, Decay: 0.1},
		"conv":              images(2, 5, 4, models.Conv{Filters: 3, Size: 3}, relu),
		"padded conv":       images(1, 4, 5, models.Conv{Filters: 2, Size: 3, Pad: 2}, tanh),
		"conv with strides": images(2, 7, 6, models.Conv{Filters: 3, Size: 3, Pad: 1, Stride: 2}, tanh),
		"maxpool":           images(2, 4, 6, models.MaxPool{Size: 2}),
		"overlapping pool":  images(1, 5, 5, models.Conv{Filters: 2, Size: 2}, models.MaxPool{Size: 3, Stride: 1}),
		"pool with a rest":  images(1, 5, 6, models.Conv{Filters: 2, Size: 2}, models.MaxPool{Size: 3, Stride: 2}),
		"batchnorm": {In: []int{4}, Layers: []models.Layer{models.Dense(5), models.BatchNorm{}, tanh, models.Dense(4), models.BatchNorm{},
			models.Activate("sigmoid"), models.Dense(3)}},
		"batchnorm of images": images(1, 4, 4, models.Conv{Filters: 3, Size: 2}, models.BatchNorm{}, tanh),
		"dropout":             {In: []int{6}, Layers: []models.Layer{models.Dense(12), tanh, models.Dropout(0.5), models.Dense(3), models.Dropout(0.5)}},
		"dropout of 0.3":      {In: []int{6}, Layers: []models.Layer{models.Dense(12), tanh, models.Dropout(0.3), models.Dense(3)}},
		"dropout of images":   images(1, 4, 4, models.Conv{Filters: 3, Size: 2}, tanh, models.Dropout(0.5)),
		"regression":          {In: []int{5}, Layers: []models.Layer{models.Dense(6), tanh, models.Dense(3)}, Decay: 0.1, Regression: true},
		"one value":           {In: []int{5}, Layers: []models.Layer{models.Dense(6), tanh, models.Dense(1)}, Regression: true},
		"all": {In: []int{1, 8, 8}, Decay: 0.01, Layers: []models.Layer{
			models.Conv{Filters: 3, Size: 3, Pad: 1}, models.BatchNorm{}, relu, models.MaxPool{Size: 2},
			models.Conv{Filters: 4, Size: 3, Pad: 2}, relu, models.MaxPool{Size: 2},
			models.Dense(6), relu, models.Dropout(0.5), models.Dense(3), models.Dropout(0.5)}},
	}
	for name, s := range nets {
		s.Name, s.Seed = name, 7
		nets[name] = s
	}
	return nets
}

// built is a net's graph of training, with values, and what is asked of it.
type built struct {
	net         models.Net
	g           *gorgonia.ExprGraph
	x, t, loss  *gorgonia.Node
	params      gorgonia.Nodes
	grads       gorgonia.Nodes
	drops       gorgonia.Nodes // the outputs of its dropouts
	values      map[string][]float64
	xs, targets []float64
}

const witnessBatch = 4

func build(t *testing.T, s models.Sequential) *built {
	t.Helper()
	net, err := s.Net()
	if err != nil {
		t.Fatal(err)
	}
	b := &built{net: net, g: gorgonia.NewGraph(), values: map[string][]float64{}}
	r := rand.New(rand.NewPCG(61, 0))
	b.xs, b.targets = randomBatch(r, witnessBatch, net.In, net.Out)
	leaf := func(name string, shape []int, v []float64) *gorgonia.Node {
		value := tensor.New(tensor.WithShape(shape...), tensor.WithBacking(append([]float64(nil), v...)))
		return gorgonia.NewTensor(b.g, tensor.Float64, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name), gorgonia.WithValue(value))
	}
	b.x, b.t = leaf("x", []int{witnessBatch, net.In}, b.xs), leaf("t", []int{witnessBatch, net.Out}, b.targets)
	for _, p := range net.Params {
		v := p.Init
		if !strings.HasPrefix(p.Name, "W") { // biases and the like are not all the same
			v = models.Normal(r, p.Size(), 0.5)
		}
		b.values[p.Name] = v
		b.params = append(b.params, leaf(p.Name, p.Shape, v))
	}
	scores, err := net.Scores(b.x, b.params)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range b.g.AllNodes() {
		if op := n.Op(); op != nil && strings.HasPrefix(op.String(), "Dropout{") {
			b.drops = append(b.drops, n)
		}
	}
	if b.loss, err = net.Loss(scores, b.t); err != nil {
		t.Fatal(err)
	}
	if net.Penalty != nil {
		penalty, err := net.Penalty(b.params)
		if err != nil {
			t.Fatal(err)
		}
		b.loss = gorgonia.Must(gorgonia.Add(b.loss, penalty))
	}
	if b.grads, err = gorgonia.Grad(b.loss, b.params...); err != nil {
		t.Fatal(err)
	}
	return b
}

// byName are gradients by the names of the parameters.
func (b *built) byName(t *testing.T, of func(i int) []float64) map[string][]float64 {
	t.Helper()
	grads := map[string][]float64{}
	for i, p := range b.net.Params {
		grads[p.Name] = append([]float64(nil), of(i)...)
	}
	return grads
}

// maskOf tells from what a dropout gives what it has let through. Where it was given a 0, either is right.
func maskOf(y []float64) []float64 {
	mask := make([]float64, len(y))
	for i, v := range y {
		if v != 0 {
			mask[i] = 1
		}
	}
	return mask
}

// compiled gives the gradients of our program on an engine, and what its dropouts have let through.
func compiled(t *testing.T, s models.Sequential, engine string) (grads map[string][]float64, masks [][]float64) {
	t.Helper()
	b := build(t, s)
	p, err := graph.Compile(openEngine(t, engine), graph.Spec{Name: s.Name, Inputs: gorgonia.Nodes{b.x, b.t}, Params: b.params,
		Outputs: append(append(gorgonia.Nodes{}, b.grads...), b.drops...)})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, err := range []error{p.VarOf(b.x).SetFloats(b.xs), p.VarOf(b.t).SetFloats(b.targets), p.Run()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	read := func(i int) []float64 {
		v, err := p.OutputHost(i)
		if err != nil {
			t.Fatal(err)
		}
		return v.([]float64)
	}
	masks = [][]float64{}
	for i := range b.drops {
		masks = append(masks, maskOf(read(len(b.grads)+i)))
	}
	return b.byName(t, read), masks
}

// taped gives the same of the TapeMachine.
func taped(t *testing.T, s models.Sequential) (grads map[string][]float64, masks [][]float64) {
	t.Helper()
	b := build(t, s)
	outputs := make([]gorgonia.Value, len(b.drops))
	for i, n := range b.drops {
		gorgonia.Read(n, &outputs[i])
	}
	values := make([]gorgonia.Value, len(b.grads))
	for i, n := range b.grads {
		gorgonia.Read(n, &values[i])
	}
	m := gorgonia.NewTapeMachine(b.g)
	defer m.Close()
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	masks = [][]float64{}
	for _, v := range outputs {
		masks = append(masks, maskOf(v.Data().([]float64)))
	}
	return b.byName(t, func(i int) []float64 { return values[i].Data().([]float64) }), masks
}

// lossOf is a program that only computes the loss of training: an evaluator for finite differences.
type lossOf struct{ *graph.Executable }

func (l lossOf) Param(name string) []float64 {
	v, _ := l.Var(name).Host().([]float64)
	return v
}

func (l lossOf) Loss() (float64, error) {
	if err := l.Run(); err != nil {
		return 0, err
	}
	return l.Scalar(0)
}

// fixed is the net with dropouts that let through what the masks say.
func fixed(s models.Sequential, masks [][]float64) models.Sequential {
	var layers []models.Layer
	for _, l := range s.Layers {
		if d, ok := l.(models.Dropout); ok {
			l, masks = models.FixedDropout{Probability: float64(d), Mask: masks[0]}, masks[1:]
		}
		layers = append(layers, l)
	}
	s.Layers = layers
	return s
}

// TestFourWitnesses of every layer's gradient in training, on each engine.
func TestFourWitnesses(t *testing.T) {
	for name, s := range layerNets() {
		t.Run(name, func(t *testing.T) {
			values := build(t, s)
			if name == "dropout of 0.3" {
				t.Log("without the tape: Gorgonia's derivative of Dropout is right for 0.5 only")
			} else {
				grads, masks := taped(t, s)
				agree(t, "the tape", grads, s.GradientByHand(values.values, values.xs, values.targets, masks), 1e-12)
			}
			for _, engine := range []string{"go", "blas"} {
				t.Run(engine, func(t *testing.T) {
					grads, masks := compiled(t, s, engine)
					byHand := s.GradientByHand(values.values, values.xs, values.targets, masks)
					agree(t, "symbolic", grads, byHand, 1e-12)
					differences(t, fixed(s, masks), engine, grads, byHand)
				})
			}
		})
	}
}

// TestRandomNets: lists of layers drawn at random, their compiled gradient in training and the one by hand.
func TestRandomNets(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	built := 0
	for range 60 {
		s := randomNet(r)
		if _, err := s.Net(); err != nil { // a window that does not fit
			continue
		}
		built++
		grads, masks := compiled(t, s, "go")
		b := build(t, s)
		// batch normalisation of a channel whose numbers are all the same makes a thousand times as much of every rounding
		agree(t, fmt.Sprintf("seed %d, %v of %v", seed, s.Layers, s.In), grads, s.GradientByHand(b.values, b.xs, b.targets, masks), 1e-7)
	}
	if built < 20 {
		t.Errorf("seed %d: only %d nets had layers that fit one another", seed, built)
	}
}

func randomNet(r *rand.Rand) models.Sequential {
	s := models.Sequential{Name: "random", In: []int{1 + r.IntN(3), 1 + r.IntN(7), 1 + r.IntN(7)}, Seed: r.Uint64()}
	for range 1 + r.IntN(5) {
		size := 1 + r.IntN(3)
		s.Layers = append(s.Layers, []models.Layer{
			models.Conv{Filters: 1 + r.IntN(4), Size: size, Pad: r.IntN(size), Stride: r.IntN(3)},
			models.MaxPool{Size: 1 + r.IntN(2), Stride: r.IntN(3)},
			models.BatchNorm{}, models.Dropout(0.9 * r.Float64()), models.Activate("tanh"), models.Activate("relu"),
		}[r.IntN(6)])
	}
	if r.IntN(2) == 0 {
		s.Layers = append(s.Layers, models.Dense(1+r.IntN(6)), models.BatchNorm{}, models.Activate("sigmoid"), models.Dropout(0.4))
	}
	s.Layers = append(s.Layers, models.Dense(2+r.IntN(3)))
	return s
}

// agree holds a gradient to the one by hand, within a tolerance.
func agree(t *testing.T, who string, got, byHand map[string][]float64, tol float64) {
	t.Helper()
	if len(byHand) == 0 || len(got) != len(byHand) {
		t.Fatalf("%s: %d gradients, %d by hand", who, len(got), len(byHand))
	}
	for name, want := range byHand {
		for i, v := range want {
			if !(math.Abs(got[name][i]-v) <= tol*max(1, math.Abs(v))) {
				t.Errorf("%s: d%s[%d] = %v, by hand %v", who, name, i, got[name][i], v)
				return
			}
		}
	}
}

// differences holds the gradients to finite differences of the loss in training.
func differences(t *testing.T, s models.Sequential, engine string, grads, byHand map[string][]float64) {
	t.Helper()
	b := build(t, s)
	p, err := graph.Compile(openEngine(t, engine), graph.Spec{Name: "loss", Inputs: gorgonia.Nodes{b.x, b.t}, Params: b.params, Outputs: gorgonia.Nodes{b.loss}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, err := range []error{p.VarOf(b.x).SetFloats(b.xs), p.VarOf(b.t).SetFloats(b.targets)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	subject := graph.Subject{Symbolic: grads, ByHand: byHand, Evaluators: []graph.Evaluator{lossOf{p}}}
	for _, p := range b.net.Params {
		subject.Params = append(subject.Params, graph.NamedShape{Name: p.Name, Shape: p.Shape})
	}
	rep, err := graph.Check(subject, graph.DefaultCheck)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rep.Rows {
		// a bias before a batch normalisation makes no difference: its slope is nothing, which no difference can prove
		if !row.OK || row.TooSmall && !nothing(byHand[row.Param]) {
			t.Errorf("%s: %s", row.Param, rep)
		}
	}
}

// nothing reports whether a gradient is 0 but for rounding.
func nothing(grad []float64) bool {
	return !slices.ContainsFunc(grad, func(v float64) bool { return math.Abs(v) > 1e-14 })
}
