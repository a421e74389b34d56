package onnx

import (
	"fmt"
	"strconv"

	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// The names of what a model of ours reads and gives: a batch of samples in their shape, and a probability for each class.
const (
	inputName  = "x"
	outputName = "y"
	batchName  = "batch"
)

// exporter writes a network's nodes.
type exporter struct {
	graph   graphProto
	dt      DType
	learned map[string]models.Param
	numbers map[string]int // of parameters by their kind, as Sequential numbers them
	shape   []int          // of a sample
	last    string         // the value that the next node reads
}

// Export writes a network of layers (models.Sequential) with what it has learned, for evaluation: a batch of any size of samples in
// their shape, "x", to what the net predicts, "y", in the operators of version Opset. Dropout, which evaluation passes by, is left out.
// The metadata are those that a file of the model has. Of a net that is no list of layers it is an error.
func Export(m *models.Model) (*Model, error) {
	about, err := m.Describe()
	if err != nil {
		return nil, err
	}
	if about[models.AboutLayers] == "" {
		return nil, fmt.Errorf("net %q is no list of layers: ONNX is written of a models.Sequential", m.Net.Name)
	}
	layers, err := models.ParseLayers(about[models.AboutLayers])
	if err != nil {
		return nil, err
	}
	learned, err := m.Learned()
	if err != nil {
		return nil, err
	}
	sample := m.Net.Sample()
	e := &exporter{dt: Float32, learned: map[string]models.Param{}, numbers: map[string]int{}, shape: sample, last: inputName}
	if m.DType == tensor.Float64 {
		e.dt = Float64
	}
	for _, p := range learned {
		e.learned[p.Name] = p
	}
	e.graph.name = m.Net.Name
	e.graph.inputs = []*valueProto{e.batchOf(inputName, sample)}
	for i, l := range layers {
		if err := e.layer(l); err != nil {
			return nil, fmt.Errorf("layer %d, %v: %w", i+1, l, err)
		}
	}
	if m.Net.Output != nil {
		e.node("Softmax", nil, whole64("axis", -1))
	}
	e.graph.nodes[len(e.graph.nodes)-1].outputs[0] = outputName
	e.graph.outputs = []*valueProto{e.batchOf(outputName, e.shape)}
	return newModel(&modelProto{
		irVersion: irVersion, producerName: "Stheno", producerVersion: about[models.AboutStheno], graph: &e.graph, opsets: []*opsetProto{{version: Opset}},
		metadata: entries(about),
	}, nil)
}

func entries(about map[string]string) (list []*entryProto) {
	for _, key := range sortedKeys(about) {
		list = append(list, &entryProto{key, about[key]})
	}
	return list
}

// batchOf is the type of a batch of any size.
func (e *exporter) batchOf(name string, sample []int) *valueProto {
	dims := []*dimProto{{name: batchName}}
	for _, d := range sample {
		dims = append(dims, &dimProto{size: int64(d)})
	}
	return &valueProto{name, &typeProto{&tensorTypeProto{int32(e.dt), &shapeProto{dims}}}}
}

// layer writes one layer.
func (e *exporter) layer(l models.Layer) error {
	switch l := l.(type) {
	case models.Dropout:
		return nil
	case models.Dense:
		if len(e.shape) > 1 {
			e.node("Flatten", nil, whole64("axis", 1))
		}
		e.shape = []int{int(l)}
		return e.learnedNode("Gemm", []string{e.next("W"), e.next("b")})
	case models.Conv:
		stride := max(l.Stride, 1)
		e.shape = []int{l.Filters, (e.shape[1]+2*l.Pad-l.Size)/stride + 1, (e.shape[2]+2*l.Pad-l.Size)/stride + 1}
		return e.learnedNode("Conv", []string{e.next("W"), e.next("b")}, wholes64("kernel_shape", l.Size, l.Size),
			wholes64("pads", l.Pad, l.Pad, l.Pad, l.Pad), wholes64("strides", stride, stride))
	case models.MaxPool:
		stride := l.Stride
		if stride == 0 {
			stride = l.Size
		}
		e.shape = []int{e.shape[0], (e.shape[1]-l.Size)/stride + 1, (e.shape[2]-l.Size)/stride + 1}
		e.node("MaxPool", nil, wholes64("kernel_shape", l.Size, l.Size), wholes64("strides", stride, stride))
	case models.Activate:
		op, ok := activations[l]
		if !ok {
			return fmt.Errorf("ONNX has no name for it here")
		}
		e.node(op, nil)
	case models.BatchNorm:
		n := e.numbers["batchnorm"]
		e.numbers["batchnorm"]++
		stats := "batchnorm" + strconv.Itoa(n)
		return e.learnedNode("BatchNormalization", []string{e.next("gamma"), e.next("beta"), stats + ".mean", stats + ".variance"},
			&attributeProto{name: "epsilon", kind: attributeFloat, f: models.BatchNormEpsilon})
	default:
		return fmt.Errorf("a kind of layer that ONNX has no op for here")
	}
	return nil
}

// activations are the ops of activations, by their names.
var activations = map[models.Activate]string{"sigmoid": "Sigmoid", "tanh": "Tanh", "relu": "Relu", "identity": "Identity"}

// next is the name of the next parameter of a kind.
func (e *exporter) next(kind string) string {
	e.numbers[kind]++
	return kind + strconv.Itoa(e.numbers[kind])
}

// learnedNode is a node with parameters.
func (e *exporter) learnedNode(op string, names []string, attributes ...*attributeProto) error {
	for _, name := range names {
		p, ok := e.learned[name]
		if !ok {
			return fmt.Errorf("the model has no %s: it is of another network", name)
		}
		e.graph.initializers = append(e.graph.initializers, typed(e.dt, p.Shape, p.Init).proto(name))
	}
	e.node(op, names, attributes...)
	return nil
}

// node writes a node that reads the last value.
func (e *exporter) node(op string, names []string, attributes ...*attributeProto) {
	out := fmt.Sprint("value", len(e.graph.nodes)+1)
	e.graph.nodes = append(e.graph.nodes, &nodeProto{
		op: op, name: fmt.Sprint(op, "_", len(e.graph.nodes)+1), inputs: append([]string{e.last}, names...), outputs: []string{out}, attributes: attributes,
	})
	e.last = out
}

func whole64(name string, v int) *attributeProto {
	return &attributeProto{name: name, kind: attributeInt, i: int64(v)}
}

func wholes64(name string, v ...int) *attributeProto {
	a := &attributeProto{name: name, kind: attributeInts}
	for _, x := range v {
		a.ints = append(a.ints, int64(x))
	}
	return a
}
