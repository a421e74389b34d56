// Package onnx reads and writes models in the Open Neural Network Exchange format, https://onnx.ai.
//
// Export writes a net of models as ONNX, which other programs run. Load reads a model of any program, builds its graph of Gorgonia's
// nodes, and runs it (Session), or gives it as a models.Net, which predicts, learns and is served as any other. What has no
// counterpart is refused by the name of its op and its node: it is an *UnsupportedError.
//
// A graph computes in float32 or float64, in one of them. Whole numbers and truths, such as shapes, axes, indices and masks, must be known
// when it is built, as inputs or from shapes; a Session is compiled for their values. Only comparisons, ArgMax and ArgMin give such
// values in a run. Convolutions and poolings are of signals and of images, not of volumes; what picks one of two values, as Where, Clip, Max
// and the rectifiers do, picks among finite ones: an infinite one gives NaN. Batch normalisations evaluate.
package onnx

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stheno/stheno/internal/memory"
	"github.com/stheno/stheno/internal/output"
)

// What Export writes: the set of operators in which every op that it uses has its last meaning for layers, and the version of the file
// format that came with it. ONNX 1.12 of 2022, and ONNX Runtime 1.12, know both.
const (
	Opset     = 17
	irVersion = 8
)

// The sets of operators that are read.
const (
	leastOpset = 7 // since then an op's broadcast is NumPy's
	mostOpset  = 28
)

// mostBytes is what protobuf allows a message.
const mostBytes = 1<<31 - 1

// Model is an ONNX model.
type Model struct {
	Path     string            // of its file; may be empty
	Opset    int               // the version of the standard operators that it is written in
	Producer string            // the program that wrote it, with its version
	Metadata map[string]string // what it says of itself besides; of a net of ours what models says of it

	graph *graphProto
	inits map[string]*Tensor
}

// Load reads the model in a file. Numbers that it keeps in other files of the same folder, as torch.onnx.export does, are read from there.
func Load(path string) (*Model, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; name a file that can be read", path, output.Cause(err))
	}
	if info.Size() > mostBytes {
		return nil, fmt.Errorf("%s: %d bytes, an ONNX file has at most %d", path, info.Size(), mostBytes)
	}
	if err := memory.Fits(3 * float64(info.Size())); err != nil { // the file, its numbers, and those of the graph
		return nil, fmt.Errorf("%s: %w: take a smaller model", path, err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; name a file that can be read", path, output.Cause(err))
	}
	m, err := decode(content, &external{filepath.Dir(path)})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	m.Path = path
	return m, nil
}

// Decode reads a model. It takes at most 16 times the memory of the bytes, and 256 MB, whatever they are. Numbers in other files are an error.
func Decode(content []byte) (*Model, error) { return decode(content, nil) }

func decode(content []byte, e *external) (*Model, error) {
	if len(content) == 0 {
		return nil, fmt.Errorf("it has no bytes: %w", errWire)
	}
	p := &modelProto{}
	if err := (&reader{}).message(p, content); err != nil {
		return nil, err
	}
	return newModel(p, e)
}

// newModel checks what was read.
func newModel(p *modelProto, e *external) (*Model, error) {
	if p.graph == nil {
		return nil, fmt.Errorf("it has no graph: %w", errWire)
	}
	m := &Model{graph: p.graph, Metadata: map[string]string{}, inits: map[string]*Tensor{}, Producer: p.producerName}
	if p.producerVersion != "" {
		m.Producer += " " + p.producerVersion
	}
	for _, e := range p.metadata {
		m.Metadata[e.key] = e.value
	}
	for _, o := range p.opsets {
		if standard(o.domain) {
			m.Opset = int(max(min(o.version, mostOpset+1), 0))
		}
	}
	switch {
	case len(p.functions) > 0:
		return nil, fmt.Errorf("it has a function of its own, %.80q, which is not read: export it with its ops in place", p.functions[0].name)
	case len(p.graph.sparse) > 0:
		return nil, fmt.Errorf("it has sparse initializers, which are not read: export it with dense ones")
	case len(p.graph.outputs) == 0:
		return nil, fmt.Errorf("its graph has no outputs: %w", errWire)
	}
	for _, t := range p.graph.initializers {
		v, err := t.tensor(e)
		if err != nil {
			return nil, err
		}
		if m.inits[t.name] != nil {
			return nil, fmt.Errorf("two tensors are named %.80q", t.name)
		}
		m.inits[t.name] = v
	}
	return m, nil
}

// standard tells whether a domain is that of the standard operators.
func standard(domain string) bool { return domain == "" || domain == "ai.onnx" }

// Encode is the content of the model's file.
func (m *Model) Encode() []byte {
	name, version, _ := strings.Cut(m.Producer, " ")
	p := &modelProto{
		irVersion: irVersion, producerName: name, producerVersion: version, graph: m.graph,
		opsets: []*opsetProto{{version: int64(m.Opset)}},
	}
	p.metadata = entries(m.Metadata)
	return encode(p)
}

// Save writes the model to a file, whole or not at all.
func (m *Model) Save(path string) error {
	content := m.Encode()
	if len(content) > mostBytes {
		return fmt.Errorf("%s: not written: %d bytes, and an ONNX file has at most %d", path, len(content), mostBytes)
	}
	return output.WriteFile(path, content)
}

// Value is an input or an output of a model. A dimension that differs from run to run is -1.
type Value struct {
	Name  string
	DType DType
	Shape []int
}

func (v Value) String() string { return fmt.Sprintf("%.80q, %s of shape %v", v.Name, v.DType, v.Shape) }

// Op is an operator that a model uses.
type Op struct {
	Name  string
	Count int  // of its nodes
	Known bool // there is code for it here, though perhaps not for all that it may be asked for
}

// Ops are the operators that the model uses, by name.
func (m *Model) Ops() []Op {
	count := map[string]int{}
	for _, n := range m.graph.nodes {
		name := n.op
		if !standard(n.domain) {
			name = n.domain + "." + name
		}
		count[name]++
	}
	var list []Op
	known := Operators()
	for _, name := range sortedKeys(count) {
		list = append(list, Op{name, count[name], slices.Contains(known, name)})
	}
	return list
}

// Operators are the names of the operators that there is code for, sorted; of each not all that it may be asked for, such as types of
// numbers, is computed.
func Operators() []string {
	all := map[string]bool{}
	for name := range ops {
		all[name] = true
	}
	for name := range sources {
		all[name] = true
	}
	for name := range folds {
		all[name] = true
	}
	return sortedKeys(all)
}

// Inputs are what a run must be given, in the model's order.
func (m *Model) Inputs() []Value {
	given := slices.DeleteFunc(slices.Clone(m.graph.inputs), func(v *valueProto) bool { return m.inits[v.name] != nil })
	return values(given)
}

// Outputs are what a run gives, in the model's order.
func (m *Model) Outputs() []Value { return values(m.graph.outputs) }

func values(protos []*valueProto) (out []Value) {
	for _, p := range protos {
		v := Value{Name: p.name}
		if p.kind != nil && p.kind.tensor != nil {
			v.DType = DType(p.kind.tensor.kind)
			if s := p.kind.tensor.shape; s != nil {
				v.Shape = []int{}
				for _, d := range s.dims {
					v.Shape = append(v.Shape, dimOf(d))
				}
			}
		}
		out = append(out, v)
	}
	return out
}

// dimOf is a dimension's size, -1 where it has none.
func dimOf(d *dimProto) int {
	if d.name != "" || d.size < 1 || d.size > mostElements {
		return -1
	}
	return int(d.size)
}
