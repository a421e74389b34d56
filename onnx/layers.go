package onnx

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/models"
)

// reading is a walk along a chain of nodes that makes layers of them.
type reading struct {
	m      *Model
	inits  map[string]*Tensor // those of the model, and of its constants
	s      models.Sequential
	shape  []int // of a sample
	last   string
	values map[string][]float64 // by the names that Sequential gives to parameters and statistics
	counts map[string]int
	ended  bool // a softmax has been seen
}

// Sequential is the model as a list of layers with their parameters and running statistics, by their names in a models.Model: what cmd/train
// and a file of Save can hold. It is an error that names the node where one is no such layer, or the nodes are no chain. Scores without a
// softmax get one: the classes stay as they are, and what is predicted becomes probabilities.
func (m *Model) Sequential() (models.Sequential, map[string][]float64, error) {
	in, out, err := m.ends()
	if err != nil {
		return models.Sequential{}, nil, err
	}
	r := &reading{m: m, inits: maps.Clone(m.inits), shape: slices.Clone(in.Shape[1:]), last: in.Name, values: map[string][]float64{}, counts: map[string]int{}}
	r.s = models.Sequential{Name: "onnx", In: slices.Clone(r.shape), Init: models.Std(0)}
	if m.graph.name != "" {
		r.s.Name = m.graph.name
	}
	nodes := m.graph.nodes
	for i := 0; i < len(nodes); i++ {
		taken, err := r.node(nodes[i:])
		if err != nil {
			return models.Sequential{}, nil, err
		}
		i += taken - 1
	}
	if r.last != out.Name {
		return models.Sequential{}, nil, fmt.Errorf("its nodes are no chain to the output %.80q", out.Name)
	}
	r.s.Regression = !r.ended && (len(r.shape) == 1 && r.shape[0] == 1 || m.ours() && (&models.Net{About: m.Metadata}).Regression())
	return r.s, r.values, nil
}

// Layers makes the model of layers that Sequential reads, with the names of classes and the preprocessing that a file of ours has. The
// engine stays the caller's, and the model is the caller's to close.
func (m *Model) Layers(e backend.Engine) (*models.Model, error) {
	s, values, err := m.Sequential()
	if err != nil {
		return nil, m.named(err)
	}
	net, err := s.Net()
	if err != nil {
		return nil, m.named(err)
	}
	if err := m.describe(&net); err != nil {
		return nil, err
	}
	made, err := models.New(net, e, dtypeOf(m.float()))
	if err != nil {
		return nil, m.named(err)
	}
	if err := made.SetParams(values); err != nil {
		made.Close()
		return nil, m.named(err)
	}
	return made, nil
}

// named is an error with the file that it is of.
func (m *Model) named(err error) error {
	if m.Path == "" {
		return err
	}
	return fmt.Errorf("%s: %w", m.Path, err)
}

// node takes a layer from the nodes that come next, and says how many it was.
func (r *reading) node(next []*nodeProto) (taken int, err error) {
	n := next[0]
	c, err := (&builder{model: r.m, values: r.known()}).call(n)
	if err != nil {
		return 0, err
	}
	refuse := func(why string) error {
		return &UnsupportedError{nameOf(n), n.op, why + ": it is no layer of a models.Sequential"}
	}
	layer, ok := layerNodes[n.op]
	switch {
	case n.op == "Constant" && len(n.outputs) == 1:
		if t := constant(c); c.err == nil {
			r.inits[n.outputs[0]] = t
		}
		return 1, nil
	case r.ended:
		return 0, refuse("it stands behind the softmax")
	case !ok:
		return 0, refuse("there is none like it")
	case n.inputs[0] != r.last || len(n.outputs) == 0:
		return 0, refuse("it does not follow the node before it")
	}
	r.last, taken = n.outputs[0], 1
	if n.op == "MatMul" && len(next) > 1 && next[1].op == "Add" && slices.Contains(next[1].inputs, r.last) && len(next[1].inputs) == 2 {
		c.in = append(c.in, c.values[next[1].inputs[1-slices.Index(next[1].inputs, r.last)]])
		r.last, taken = next[1].outputs[0], 2
	}
	if err := layer(r, c); err != nil {
		return 0, refuse(err.Error())
	}
	if c.err != nil {
		return 0, refuse(c.err.Error())
	}
	for _, name := range sortedKeys(c.attributes) {
		if !c.read[name] {
			return 0, refuse("its attribute " + name)
		}
	}
	return taken, nil
}

// known are the values that nodes read: initializers, and the last value.
func (r *reading) known() map[string]*value {
	all := map[string]*value{r.last: {shape: append([]int{1}, r.shape...)}}
	for name, t := range r.inits {
		all[name] = &value{shape: t.Shape, known: t, name: name}
	}
	return all
}

// layerNodes are the ops that are layers, or nothing.
var layerNodes map[string]func(r *reading, c *call) error

func init() {
	nothing := func(_ *reading, c *call) error { c.real("ratio", 0); return nil }
	layerNodes = map[string]func(r *reading, c *call) error{
		"Gemm": (*reading).dense, "MatMul": (*reading).dense, "Conv": (*reading).conv, "MaxPool": (*reading).maxPool,
		"BatchNormalization": (*reading).batchNorm, "Identity": nothing, "Dropout": nothing,
		"Flatten": func(r *reading, c *call) error {
			if c.int("axis", 1) != 1 {
				return errors.New("its axis is not the first behind the batch")
			}
			r.shape = []int{size(r.shape)}
			return nil
		},
		"Reshape": func(r *reading, c *call) error {
			to := c.knownInts(c.in[1], "shape")
			if zero := c.int("allowzero", 0) != 0; len(to) != 2 || to[1] != -1 && to[1] != size(r.shape) || zero && slices.Contains(to, 0) {
				return fmt.Errorf("to %v", to)
			}
			r.shape = []int{size(r.shape)}
			return nil
		},
		"Softmax": func(r *reading, c *call) error {
			if axis := c.int("axis", 1); axis != 1 && axis != -1 || len(r.shape) != 1 {
				return errors.New("its axis is not that of the classes")
			}
			r.ended = true
			return nil
		},
	}
	for activation, op := range activations {
		if op != "Identity" {
			layerNodes[op] = func(r *reading, _ *call) error { r.add(activation); return nil }
		}
	}
}

func (r *reading) add(l models.Layer) { r.s.Layers = append(r.s.Layers, l) }

// next is the number of a kind of parameter.
func (r *reading) next(kind string) int {
	r.counts[kind]++
	return r.counts[kind]
}

// learned is a parameter's tensor of a shape; zeros where the node has none.
func (r *reading) learned(v *value, shape ...int) ([]float64, error) {
	switch {
	case v == nil:
		return make([]float64, size(shape)), nil
	case v.known == nil || v.known.DType != r.m.float():
		return nil, errors.New("its parameters are not in the file")
	case !slices.Equal(v.shape, shape):
		return nil, fmt.Errorf("its parameters are %v and not %v", v.shape, shape)
	}
	return slices.Clone(reals(v.known)), nil
}

func (r *reading) dense(c *call) error {
	if len(c.in[1].shape) != 2 || c.int("transA", 0) != 0 || c.real("alpha", 1) != 1 || c.real("beta", 1) != 1 || len(r.shape) != 1 {
		return fmt.Errorf("a product of %v with %v, or with factors", r.shape, c.in[1].shape)
	}
	in, shape := r.shape[0], c.in[1].shape
	out, transposed := shape[1], c.int("transB", 0) != 0
	want := []int{in, out}
	if transposed {
		out = shape[0]
		want = []int{out, in}
	}
	weights, err := r.learned(c.in[1], want...)
	if err != nil {
		return err
	}
	if transposed {
		weights = picked(weights, []int{in, out}, func(at []int) int { return at[1]*in + at[0] })
	}
	bias, err := r.learned(c.input(2), out)
	if err != nil {
		return err
	}
	r.keep(weights, bias)
	r.shape = []int{out}
	r.add(models.Dense(out))
	return nil
}

// keep keeps weights and bias under their next numbers.
func (r *reading) keep(w, b []float64) {
	r.values[fmt.Sprint("W", r.next("W"))] = w
	r.values[fmt.Sprint("b", r.next("b"))] = b
}

func (r *reading) conv(c *call) error {
	f := c.in[1].shape
	if len(f) != 4 || len(r.shape) != 3 {
		return fmt.Errorf("filters of %v on samples of %v", f, r.shape)
	}
	w := c.window(c.in[0].shape, f[2:])
	kernel := c.ints("kernel_shape")
	if c.err != nil || c.int("group", 1) != 1 || !square(w) || w.dilation != [2]int{1, 1} || w.before[0] >= w.size[0] || kernel != nil && !slices.Equal(kernel, f[2:]) {
		return errors.New("groups, dilated or oblong windows, or padding that is not the same on all sides")
	}
	weights, err := r.learned(c.in[1], f[0], r.shape[0], f[2], f[3])
	if err != nil {
		return err
	}
	bias, err := r.learned(c.input(2), f[0])
	if err != nil {
		return err
	}
	r.keep(weights, bias)
	r.shape = []int{f[0], w.out[0], w.out[1]}
	r.add(models.Conv{Filters: f[0], Size: w.size[0], Pad: w.before[0], Stride: w.stride[0]})
	return nil
}

// square tells whether a window, its steps and its padding are the same in all directions.
func square(w window) bool {
	return w.size[0] == w.size[1] && w.stride[0] == w.stride[1] && w.before == w.after && w.before[0] == w.before[1]
}

func (r *reading) maxPool(c *call) error {
	if len(r.shape) != 3 {
		return fmt.Errorf("windows on samples of %v", r.shape)
	}
	w := c.window(c.in[0].shape, c.ints("kernel_shape"))
	if c.err != nil || !square(w) || w.before[0] != 0 || w.dilation != [2]int{1, 1} || c.int("ceil_mode", 0) != 0 || c.int("storage_order", 0) != 0 {
		return errors.New("oblong or dilated windows, or padding")
	}
	r.shape = []int{r.shape[0], w.out[0], w.out[1]}
	r.add(models.MaxPool{Size: w.size[0], Stride: w.stride[0]})
	return nil
}

// batchNorm brings what is added to the variances to what ours adds.
func (r *reading) batchNorm(c *call) error {
	c.real("momentum", 0.9)
	if c.int("training_mode", 0) != 0 {
		return errors.New("it trains")
	}
	var all [4][]float64
	for i := range all {
		var err error
		if all[i], err = r.learned(c.in[1+i], r.shape[0]); err != nil {
			return err
		}
	}
	if epsilon := c.real("epsilon", 1e-5); float32(epsilon) != float32(models.BatchNormEpsilon) {
		for i := range all[3] {
			all[3][i] += epsilon - models.BatchNormEpsilon
		}
	}
	n := r.next("gamma")
	r.values[fmt.Sprint("gamma", n)], r.values[fmt.Sprint("beta", r.next("beta"))] = all[0], all[1]
	stats := fmt.Sprint("batchnorm", n-1)
	r.values[stats+".mean"], r.values[stats+".variance"] = all[2], all[3]
	r.add(models.BatchNorm{})
	return nil
}
