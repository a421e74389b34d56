package onnx

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/models"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Open makes the network that a file of ONNX holds (Load, then Net), in the type of numbers that the file has. The engine stays the
// caller's, and the model is the caller's to close.
func Open(path string, e backend.Engine) (*models.Model, error) {
	m, err := Load(path)
	if err != nil {
		return nil, err
	}
	net, err := m.Net()
	if err != nil {
		return nil, m.named(err)
	}
	return models.New(net, e, dtypeOf(m.float()))
}

// Net is the model as a network of models: it predicts, learns and is served as any other. It is for a model of one input, a batch of
// samples, whose shape but for the batch is known, and it takes the first output, a row of numbers for each sample. The parameters are
// those initializers that the format's ops learn, under their names; running statistics are not among them. Where the output is a
// softmax, the loss is its cross-entropy; elsewhere the output is taken for the scores of one, or where it is one number for a value.
func (m *Model) Net() (models.Net, error) {
	in, out, err := m.ends()
	if err != nil {
		return models.Net{}, err
	}
	n := models.Net{Name: "onnx", Loss: models.SoftmaxCrossEntropy, In: size(in.Shape[1:]), Shape: slices.Clone(in.Shape[1:])}
	if m.graph.name != "" {
		n.Name = m.graph.name
	}
	scores := out.Name
	if last := m.giving(out.Name); last != nil && m.isSoftmax(last) {
		scores, n.Output = last.inputs[0], models.Softmax
	}
	taken := []string{}
	b := newBuilder(m, G.NewGraph(), dtypeOf(m.float())) // for one sample, to see what there is
	b.param = func(name string, t *Tensor) *G.Node {
		if !slices.Contains(taken, name) {
			taken = append(taken, name)
			n.Params = append(n.Params, models.Param{Name: paramName(name), Shape: rank(t.Shape), Init: reals(t)})
		}
		return G.NewTensor(b.g, b.dt, len(rank(t.Shape)), G.WithShape(rank(t.Shape)...), G.WithName(name))
	}
	x := G.NewMatrix(b.g, b.dt, G.WithShape(1, n.In), G.WithName("x"))
	y, err := b.forward(x, in, scores)
	if err != nil {
		return models.Net{}, err
	}
	n.Out = size(y.shape)
	if m.ours() {
		n.About = map[string]string{models.AboutLoss: m.Metadata[models.AboutLoss]}
	}
	if err := m.describe(&n); err != nil {
		return models.Net{}, err
	}
	if n.Regression() {
		n.Loss = models.MeanSquaredError
	}
	n.Scores = func(x *G.Node, params G.Nodes) (*G.Node, error) {
		b := newBuilder(m, x.Graph(), x.Dtype())
		b.param = func(name string, _ *Tensor) *G.Node { return params[slices.Index(taken, name)] }
		y, err := b.forward(x, in, scores)
		if err != nil {
			return nil, err
		}
		scores := b.shaped(y, []int{x.Shape()[0], n.Out})
		return scores, b.err
	}
	return n, nil
}

// Update gives the model what a net of it (Net, Open) has learned since: Save writes that.
func (m *Model) Update(from *models.Model) error {
	learned, err := from.Params()
	if err != nil {
		return err
	}
	updated := 0
	for _, t := range m.graph.initializers {
		v, ok := learned[paramName(t.name)]
		if !ok {
			continue
		}
		was := m.inits[t.name]
		if len(v) != size(was.Shape) {
			return fmt.Errorf("%.80q has %d numbers, the net's %d: it is of another model", t.name, size(was.Shape), len(v))
		}
		m.inits[t.name] = typed(was.DType, was.Shape, v)
		*t = *m.inits[t.name].proto(t.name)
		updated++
	}
	if updated != len(learned) {
		return fmt.Errorf("the net has %d parameters, and %d are the model's: it is of another model", len(learned), updated)
	}
	return nil
}

// ours tells whether a program of Stheno's has written the model.
func (m *Model) ours() bool { return m.Metadata[models.AboutStheno] != "" }

// describe gives a net the names of the classes and the preprocessing that a model of ours has.
func (m *Model) describe(n *models.Net) error {
	if !m.ours() {
		return nil
	}
	return (&models.File{Path: cmp.Or(m.Path, "the model"), About: m.Metadata}).Describe(n)
}

// paramName keeps the names of inputs free.
func paramName(name string) string {
	if slices.Contains([]string{"x", "t", "lr"}, name) {
		return "param." + name
	}
	return name
}

func dtypeOf(dt DType) tensor.Dtype {
	if dt == Float64 {
		return tensor.Float64
	}
	return tensor.Float32
}

// ends are the input and the output of a network.
func (m *Model) ends() (in, out Value, err error) {
	inputs, outputs := m.Inputs(), m.Outputs()
	if len(inputs) != 1 || !inputs[0].DType.float() || len(inputs[0].Shape) < 2 || slices.Min(inputs[0].Shape[1:]) < 1 {
		return in, out, fmt.Errorf("its inputs are %s: a network has one, a batch of samples of a shape that is known", inputs)
	}
	return inputs[0], outputs[0], nil
}

// giving is the node that gives a value.
func (m *Model) giving(name string) *nodeProto {
	for _, n := range m.graph.nodes {
		if slices.Contains(n.outputs, name) {
			return n
		}
	}
	return nil
}

// isSoftmax tells whether a node is the softmax of rows.
func (m *Model) isSoftmax(n *nodeProto) bool {
	if n.op != "Softmax" || !standard(n.domain) || len(n.inputs) != 1 {
		return false
	}
	for _, a := range n.attributes {
		if a.name == "axis" {
			return a.i == 1 || a.i == -1
		}
	}
	return true // the last axis, or before version 13 the second
}

// forward builds the nodes behind rows of samples, up to a value and no further: what a loss builds of the scores must not meet what the
// model makes of them, for Gorgonia takes a softmax and its logarithm for the same.
func (b *builder) forward(x *G.Node, in Value, want string) (*value, error) {
	rows := x.Shape()[0]
	sample := append([]int{rows}, in.Shape[1:]...)
	if in.Shape[0] > 0 && in.Shape[0] != rows {
		return nil, fmt.Errorf("a batch of %d samples, the model reads %d: export it with a batch of any size", rows, in.Shape[0])
	}
	b.values[in.Name] = b.reshape(b.of(x, x.Shape()...), sample...)
	if err := b.run(want); err != nil {
		return nil, err
	}
	y := b.values[want]
	if y == nil {
		return nil, fmt.Errorf("nothing gives the output %.80q", want)
	}
	if len(y.shape) == 0 || y.shape[0] != rows {
		return nil, fmt.Errorf("the output is %v of a batch of %d: it has no row for each sample", y.shape, rows)
	}
	b.nodeOf(y)
	if b.err != nil {
		return nil, &UnsupportedError{want, "output", b.err.Error()}
	}
	return y, nil
}
