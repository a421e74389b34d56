package bench

import (
	"math"
	"math/rand/v2"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/graph"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Examples are graphs as Gorgonia's own example programs make them, with numbers that are drawn, and without what each machine would
// draw in its own way: dropout and noise.
var Examples = []Example{
	{"iris", "150 flowers, gradient", tensor.Float64, iris},
	{"mnist", "784-50-10, batch 100, gradient; the example itself only loads the images", tensor.Float32, ofJob(Main)},
	{"convnet", "batch 100, gradient", tensor.Float32, ofJob(Job{Net: "convnet", Batch: 100, DType: tensor.Float32})},
	{"stacked autoencoder", "three layers of 1000, pretraining, batch 20, gradient", tensor.Float32, func(d *drawing) { stackedAutoencoder(d, 20, 1000) }},
	{"ResNet", "an eighth of its channels, batch 16, gradient", tensor.Float32, func(d *drawing) { resNet(d, 16) }},
	{"tiny YOLO v2", "416 x 416, forward", tensor.Float32, func(d *drawing) { tinyYOLOv2(d, 416) }},
	{"tiny YOLO v3", "416 x 416, forward", tensor.Float32, func(d *drawing) { tinyYOLOv3(d, 416) }},
	{"char-RNN", "a sentence of 20 characters, LSTM of 100, gradient", tensor.Float32, func(d *drawing) { charRNN(d, 20, 100) }},
}

// Example is a graph of Gorgonia's, run by the TapeMachine or by ours in its place.
type Example struct {
	Name  string
	Note  string // sizes, and whether a run is the gradient or the forward pass
	DType tensor.Dtype
	build func(d *drawing)
}

// drawing is a graph that is being built. Values are drawn in the order in which nodes are made: the same in every graph of an example.
type drawing struct {
	g       *gorgonia.ExprGraph
	dt      tensor.Dtype
	r       *rand.Rand
	learn   gorgonia.Nodes // what the gradient is by; none of a forward pass
	outputs gorgonia.Nodes // what is compared: the loss, or the results
}

// node is one with a value: numbers from −scale to scale.
func (d *drawing) node(name string, scale float64, shape ...int) *gorgonia.Node {
	v := make([]float64, tensor.Shape(shape).TotalSize())
	for i := range v {
		v[i] = scale * (2*d.r.Float64() - 1)
	}
	return d.valued(name, v, shape...)
}

func (d *drawing) valued(name string, v []float64, shape ...int) *gorgonia.Node {
	return gorgonia.NewTensor(d.g, d.dt, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name), gorgonia.WithValue(dense(d.dt, v, shape...)))
}

// param is a node that is learned: weights of so many inputs.
func (d *drawing) param(name string, inputs int, shape ...int) *gorgonia.Node {
	n := d.node(name, math.Sqrt(3/float64(inputs)), shape...)
	d.learn = append(d.learn, n)
	return n
}

// Running is an example on a machine.
type Running struct {
	vm      gorgonia.VM
	outputs gorgonia.Nodes
	flops   func() int
}

// Tape puts the example on Gorgonia's TapeMachine.
func (x Example) Tape() (*Running, error) {
	d, err := x.draw()
	if err != nil {
		return nil, err
	}
	return &Running{vm: gorgonia.NewTapeMachine(d.g, gorgonia.BindDualValues(d.learn...)), outputs: d.outputs}, nil
}

// On puts a graph of its own on our machine, on an engine. Where only the results and the parameters' gradients are asked for, as with
// graph.Only, no other node has a value.
func (x Example) On(e backend.Engine, only bool) (*Running, error) {
	d, err := x.draw()
	if err != nil {
		return nil, err
	}
	c := &counter{Engine: e}
	opts := []graph.Option{graph.On(c), graph.BindDualValues(d.learn...)}
	if only {
		opts = append(opts, graph.Only(d.outputs...))
	}
	vm, err := graph.NewMachine(d.g, opts...)
	if err != nil {
		return nil, err
	}
	return &Running{vm: vm, outputs: d.outputs, flops: func() int { return c.flops }}, nil
}

func (x Example) draw() (*drawing, error) {
	d := &drawing{g: gorgonia.NewGraph(), dt: x.DType, r: rand.New(rand.NewPCG(1, 7))}
	x.build(d)
	if len(d.learn) == 0 {
		return d, nil
	}
	_, err := gorgonia.Grad(d.outputs[0], d.learn...)
	return d, err
}

// Run is what an example does for each batch, but for the solver's step.
func (r *Running) Run() error {
	defer r.vm.Reset()
	return r.vm.RunAll()
}

// Sum is the sum of what came out, each number with a weight of its place's, and that of the magnitudes.
func (r *Running) Sum() (sum, size float64) {
	for _, n := range r.outputs {
		for i, v := range floats(n.Value().Data()) {
			v *= 1 + float64(i%7)
			sum, size = sum+v, size+math.Abs(v)
		}
	}
	return sum, size
}

// floats are a value's numbers.
func floats(data any) []float64 {
	switch v := data.(type) {
	case float32:
		return []float64{float64(v)}
	case float64:
		return []float64{v}
	case []float64:
		return v
	}
	s := data.([]float32)
	out := make([]float64, len(s))
	for i, v := range s {
		out[i] = float64(v)
	}
	return out
}

// Flops are the operations of the products in our program of it; after the first Run.
func (r *Running) Flops() float64 { return float64(r.flops()) }

// Close ends the machine.
func (r *Running) Close() error { return r.vm.Close() }
