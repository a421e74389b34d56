package onnx

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// TestGradients: a net that came through ONNX learns as it did before: the same derivatives of the loss by the same parameters; also where
// a rectifier's argument is 0, as it is where an image is and biases are.
func TestGradients(t *testing.T) {
	e := open(t)
	for _, name := range []string{"mlp of tanh", "strides", "overlapping", "simpleconv", "values"} {
		m := learnedModel(t, e, netsOfModels(t)[name], tensor.Float64)
		net, err := exportedModel(t, m).Net()
		if err != nil {
			t.Fatal(err)
		}
		other, err := models.New(net, e, tensor.Float64)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		for _, p := range m.Net.Params {
			if len(p.Shape) == 1 {
				for _, model := range []*models.Model{m, other} {
					if err := model.SetParam(p.Name, make([]float64, p.Size())); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		x, _ := samples(m, 3)
		first := x.Data().([]float64)
		clear(first[:len(first)/3])
		target := tensor.New(tensor.WithShape(3, m.Net.Out), tensor.Of(tensor.Float64))
		for i := range 3 {
			target.Set(i*m.Net.Out+i%m.Net.Out, 1.)
		}
		want, err := m.Gradient(x, target)
		if err != nil {
			t.Fatal(err)
		}
		got, err := other.Gradient(x, target)
		if err != nil || len(got) != len(want) {
			t.Fatalf("%s: %d gradients, %v", name, len(got), err)
		}
		for p, g := range want {
			shape := []int{g.Size()}
			if err := closeTo(&Tensor{Float64, shape, got[p].Data()}, &Tensor{Float64, shape, g.Data()}, 1e-12); err != nil {
				t.Errorf("%s, by %s: %v", name, p, err)
			}
		}
	}
}

// refused are models of one node, with what is said of it.
var refused = []struct {
	name, want string
	model      func(m *modelProto)
}{
	{"no such op", `node "sum": Einsum: there is no such op here`, func(m *modelProto) { m.graph.nodes[0].op = "Einsum" }},
	{"other operators", `node "sum": Add: it is of the operators "com.example", not of the standard ones`, func(m *modelProto) { m.graph.nodes[0].domain = "com.example" }},
	{"no version", `node "sum": Add: it is of the operators "", not of`, func(m *modelProto) { m.opsets = nil }},
	{"a newer version", "it is written in version 29 of the operators or later", func(m *modelProto) { m.opsets[0].version = 99 }},
	{"an attribute", `node "sum": Add: its attribute axis is not known here`, func(m *modelProto) { m.graph.nodes[0].attributes = []*attributeProto{whole64("axis", 1)} }},
	{"an attribute twice", `node "sum": Add: its attribute "axis" is another's, or comes twice`, func(m *modelProto) {
		m.graph.nodes[0].attributes = []*attributeProto{whole64("axis", 1), whole64("axis", 2)}
	}},
	{"of the wrong type", `node "sum": Elu: its attribute alpha is of the wrong type`, func(m *modelProto) {
		m.graph.nodes[0].op, m.graph.nodes[0].inputs = "Elu", []string{"x"}
		m.graph.nodes[0].attributes = []*attributeProto{whole64("alpha", 1)}
	}},
	{"no input", `node "sum": nothing before it gives its input "v"`, func(m *modelProto) { m.graph.nodes[0].inputs[1] = "v" }},
	{"too few inputs", `node "sum": Add of 1 inputs: it takes 2 to 2`, func(m *modelProto) { m.graph.nodes[0].inputs = []string{"x"} }},
	{"too many inputs", `node "sum": Add of 3 inputs: it takes 2 to 2`, func(m *modelProto) { m.graph.nodes[0].inputs = []string{"x", "w", "w"} }},
	{"an output too many", `node "sum": Add: its output 2 is not computed here`, func(m *modelProto) { m.graph.nodes[0].outputs = []string{"y", "z"} }},
	{"a name twice", `node "again": a second value is named "y"`, func(m *modelProto) {
		m.graph.nodes = append(m.graph.nodes, &nodeProto{op: "Relu", name: "again", inputs: []string{"x"}, outputs: []string{"y"}})
	}},
	{"shapes", `node "sum": Add: shapes [1 2] and [3] do not go together`, func(m *modelProto) {
		m.graph.initializers[0] = (&Tensor{Float32, []int{3}, []float32{1, 2, 3}}).proto("w")
	}},
	{"another type", `node "sum": Add: it computes with int64 in a model of float32`, func(m *modelProto) {
		m.graph.initializers[0] = (&Tensor{Int64, []int{2}, []int64{1, 2}}).proto("w")
	}},
	{"nothing", `node "sum": Add: shapes [1 2] and [0] do not go together`, func(m *modelProto) {
		m.graph.initializers[0] = (&Tensor{Float32, []int{0}, []float32{}}).proto("w")
	}},
	{"too much", `node "sum": Expand: a tensor of the shape [2147483648 2147483648 2]: at most 268435456 elements are made`, func(m *modelProto) {
		m.graph.nodes[0].op = "Expand"
		m.graph.initializers[0] = (&Tensor{Int64, []int{3}, []int64{1 << 31, 1 << 31, 2}}).proto("w")
	}},
	{"ever larger", `node "double": Concat: it gives a tensor of the shape [1 2147483648]: at most 2147483647 elements are computed`, func(m *modelProto) {
		last := "x"
		for i := range 40 {
			out := fmt.Sprint("v", i)
			m.graph.nodes = append(m.graph.nodes, &nodeProto{op: "Concat", name: "double", inputs: []string{last, last}, outputs: []string{out},
				attributes: []*attributeProto{whole64("axis", 1)}})
			last = out
		}
		m.graph.outputs[0].name = last
	}},
	{"no output", `nothing gives the output "z"`, func(m *modelProto) { m.graph.outputs[0].name = "z" }},
	{"two inputs", "its inputs are [", func(m *modelProto) {
		m.graph.inputs = append(m.graph.inputs, &valueProto{"v", m.graph.inputs[0].kind})
	}},
	{"no rows", `the output is [] of a batch of 1: it has no row for each sample`, func(m *modelProto) {
		m.graph.nodes[0].op, m.graph.nodes[0].inputs = "ReduceSum", []string{"x"}
		m.graph.nodes[0].attributes = []*attributeProto{whole64("keepdims", 0)}
	}},
}

// TestRefused: what cannot be computed is one line that names the node, and as an *UnsupportedError where it is one.
func TestRefused(t *testing.T) {
	for _, c := range refused {
		p := plain()
		c.model(p)
		m, err := Decode(encode(p))
		if err == nil {
			_, err = m.Net()
		}
		if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want %s", c.name, err, c.want)
		}
		var unsupported *UnsupportedError
		if strings.HasPrefix(c.want, `node "sum": Add: `) && (!errors.As(err, &unsupported) || unsupported.Node != "sum" || unsupported.Op != "Add") {
			t.Errorf("%s: %#v", c.name, err)
		}
	}
}

// TestSession: a session takes inputs of other shapes, and refuses those that the model does not read, by name.
func TestSession(t *testing.T) {
	m, err := Decode(encode(plain()))
	if err != nil {
		t.Fatal(err)
	}
	s := m.NewSession(open(t))
	defer s.Close()
	for _, rows := range []int{1, 3, 2, 3} {
		x := &Tensor{Float32, []int{rows, 2}, make([]float32, 2*rows)}
		y, err := s.Run(map[string]*Tensor{"x": x})
		if err != nil || !slices.Equal(y["y"].Data.([]float32)[2*rows-2:], []float32{1, 2}) || !slices.Equal(y["y"].Shape, x.Shape) {
			t.Errorf("%d rows: %v, %v", rows, y["y"], err)
		}
	}
	for want, x := range map[string]*Tensor{
		`input "x" is missing`:                                 nil,
		`input "x" is float64, the model reads float32`:        {Float64, []int{1, 2}, []float64{1, 2}},
		`input "x" is [1 3], the model reads [-1 2]`:           {Float32, []int{1, 3}, []float32{1, 2, 3}},
		`input "x": []float32 do not make float32 of shape [1`: {Float32, []int{1, 2}, []float32{1, 2, 3}},
		`input "x": []int64 do not make float32 of shape [1 2`: {Float32, []int{1, 2}, []int64{1, 2}},
		`node "sum": Add: it reads a tensor of no elements`:    {Float32, []int{0, 2}, []float32{}},
	} {
		if _, err := s.Run(map[string]*Tensor{"x": x}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// TestBatch: a net of a model for one size of batches says so for others.
func TestBatch(t *testing.T) {
	p := plain()
	p.graph.inputs[0].kind.tensor.shape.dims[0] = &dimProto{size: 1}
	m, err := Decode(encode(p))
	if err != nil {
		t.Fatal(err)
	}
	net, err := m.Net()
	if err != nil {
		t.Fatal(err)
	}
	model, err := models.New(net, open(t), tensor.Float32)
	if err != nil {
		t.Fatal(err)
	}
	defer model.Close()
	for rows, want := range []string{1: "", 2: "a batch of 2 samples, the model reads 1: export it with a batch of any size"} {
		if rows == 0 {
			continue
		}
		_, err := model.Predict(tensor.New(tensor.WithShape(rows, 2), tensor.Of(tensor.Float32)))
		if got := fmt.Sprint(err); want == "" && err != nil || !strings.Contains(got, want) {
			t.Errorf("%d rows: error %v, want %s", rows, err, want)
		}
	}
}

// TestSoftmaxes: a softmax and its logarithm of one value are two, though Gorgonia takes such nodes for one.
func TestSoftmaxes(t *testing.T) {
	p := plain()
	p.graph.nodes = []*nodeProto{
		{op: "Softmax", name: "p", inputs: []string{"x"}, outputs: []string{"y"}},
		{op: "LogSoftmax", name: "l", inputs: []string{"x"}, outputs: []string{"z"}},
	}
	p.graph.outputs = append(p.graph.outputs, &valueProto{"z", p.graph.outputs[0].kind})
	m, err := Decode(encode(p))
	if err != nil {
		t.Fatal(err)
	}
	s := m.NewSession(open(t))
	defer s.Close()
	got, err := s.Run(map[string]*Tensor{"x": {Float32, []int{2, 2}, []float32{0, 1, -3, 2}}})
	if err != nil {
		t.Fatal(err)
	}
	for i, y := range reals(got["y"]) {
		if z := reals(got["z"])[i]; math.Abs(math.Exp(z)-y) > 1e-6 {
			t.Errorf("the logarithm of %g is %g", y, z)
		}
	}
}

// TestUpdate: a network of PyTorch's that has learned here is written with what it has learned.
func TestUpdate(t *testing.T) {
	e, path := open(t), "testdata/cases/torch-convnet-float32-dynamo/model.onnx"
	net, err := Open(path, e)
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	x, _ := samples(net, 4)
	target := tensor.New(tensor.WithShape(4, 3), tensor.Of(tensor.Float32))
	for i := range 4 {
		target.Set(3*i+i%3, float32(1))
	}
	before, err := net.Loss(x, target)
	if err != nil {
		t.Fatal(err)
	}
	step, err := net.Step(4, models.SGD{})
	if err != nil {
		t.Fatal(err)
	}
	defer step.Close()
	if err := errors.Join(step.X.Set(x), step.T.Set(target), step.SetLR(0.3)); err != nil {
		t.Fatal(err)
	}
	for range 40 {
		if err := step.Run(); err != nil {
			t.Fatal(err)
		}
	}
	after, err := net.Loss(x, target)
	if err != nil || !(after < 0.8*before) {
		t.Fatalf("the loss was %g, and is %g: %v", before, after, err)
	}
	m, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Update(net); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "learned.onnx")
	if err := m.Save(file); err != nil {
		t.Fatal(err)
	}
	again, err := Open(file, e)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if err := near(predicted(t, again, x), predicted(t, net, x), 0, 0); err != nil {
		t.Error(err)
	}
	other, err := Load("testdata/cases/torch-mlp-float32-dynamo/model.onnx")
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Update(net); err == nil || !strings.Contains(err.Error(), "it is of another model") {
		t.Errorf("of another model: %v", err)
	}
}

// TestApart: nodes that differ only in what Gorgonia's ops do not say of themselves are not taken for one.
func TestApart(t *testing.T) {
	p := plain()
	p.graph.inputs[0].kind.tensor.shape.dims = []*dimProto{{size: 1}, {size: 1}, {size: 30}, {size: 30}}
	p.graph.initializers = []*tensorProto{(&Tensor{Float32, []int{1, 1, 1, 1}, []float32{1}}).proto("one"), (&Tensor{Float32, []int{1, 1, 2, 2}, []float32{1, 2, 4, 8}}).proto("w"),
		(&Tensor{Int64, []int{2}, []int64{1, 900}}).proto("row"), (&Tensor{Int64, []int{1}, []int64{1}}).proto("axis")}
	p.graph.nodes = []*nodeProto{{op: "Reshape", inputs: []string{"x", "row"}, outputs: []string{"flat"}}}
	p.graph.outputs = nil
	kind := p.graph.inputs[0].kind
	want := map[string][]float64{}
	add := func(n *nodeProto, numbers []float64) {
		p.graph.nodes, p.graph.outputs = append(p.graph.nodes, n), append(p.graph.outputs, &valueProto{n.outputs[0], kind})
		want[n.outputs[0]] = numbers
	}
	for _, c := range [][2]int{{0, 10}, {256, 266}, {0, 266}, {512, 522}, {256, 778}, {512, 778}, {0, 778}} {
		name := fmt.Sprint(c)
		for i, bound := range c {
			p.graph.initializers = append(p.graph.initializers, (&Tensor{Int64, []int{1}, []int64{int64(bound)}}).proto(fmt.Sprint(name, i)))
		}
		var numbers []float64
		for i := c[0]; i < c[1]; i++ {
			numbers = append(numbers, float64(i))
		}
		add(&nodeProto{op: "Slice", inputs: []string{"flat", name + "0", name + "1", "axis"}, outputs: []string{name}}, numbers)
	}
	for _, d := range [][2]int{{1, 1}, {2, 2}, {1, 2}, {2, 1}} { // all give 10x10 pixels
		var numbers []float64
		for i := range 10 {
			for j := range 10 {
				at := func(y, x int) float64 { return float64((3*i+y)*30 + 3*j + x) }
				numbers = append(numbers, at(0, 0)+2*at(0, d[1])+4*at(d[0], 0)+8*at(d[0], d[1]))
			}
		}
		add(&nodeProto{op: "Conv", inputs: []string{"x", "w"}, outputs: []string{fmt.Sprint("dilated ", d)}, attributes: []*attributeProto{
			wholes64("dilations", d[0], d[1]), wholes64("strides", 3, 3)}}, numbers)
	}
	m, err := Decode(encode(p))
	if err != nil {
		t.Fatal(err)
	}
	x := &Tensor{Float32, []int{1, 1, 30, 30}, make([]float32, 900)}
	for i := range 900 {
		x.Data.([]float32)[i] = float32(i)
	}
	s := m.NewSession(open(t))
	defer s.Close()
	got, err := s.Run(map[string]*Tensor{"x": x})
	if err != nil {
		t.Fatal(err)
	}
	for name, numbers := range want {
		if !slices.Equal(reals(got[name]), numbers) {
			t.Errorf("%s: %.60v, want %.60v", name, fmt.Sprint(reals(got[name])), fmt.Sprint(numbers))
		}
	}
}
