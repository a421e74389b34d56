package onnx

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/graph"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Session runs a model on an engine. It compiles a program for the shapes, and for the whole numbers and truths, that a run is given
// first, and keeps the last one. It is not safe for use from several goroutines at once.
type Session struct {
	model   *Model
	store   *graph.Store
	key     string
	program *graph.Executable
	inputs  map[string]string // names of the program's inputs by the model's
	outputs []outcome
}

// outcome is what a run reads of the program, or what is known without one.
type outcome struct {
	name  string
	v     *value
	place int // in the program's outputs
}

// NewSession prepares to run a model. Close gives its memory back.
func (m *Model) NewSession(e backend.Engine) *Session {
	return &Session{model: m, store: graph.NewStore(e)}
}

// Close frees the memory of the session's values. The engine stays the caller's.
func (s *Session) Close() { s.store.Close() }

// Run computes the model's outputs, by name, from its inputs. An op that cannot be computed here is an *UnsupportedError.
func (s *Session) Run(inputs map[string]*Tensor) (map[string]*Tensor, error) {
	if err := s.compile(inputs); err != nil {
		return nil, err
	}
	if s.program != nil {
		for name, own := range s.inputs {
			if err := set(s.program.Var(own), inputs[name]); err != nil {
				return nil, err
			}
		}
		if err := s.program.Run(); err != nil {
			return nil, err
		}
	}
	out := map[string]*Tensor{}
	for _, o := range s.outputs {
		t := o.v.known
		if o.v.node != nil {
			var err error
			if t, err = s.read(o); err != nil {
				return nil, err
			}
		}
		out[o.name] = t
	}
	return out, nil
}

// set gives an input its numbers, as they are where they are of its type.
func set(v *graph.Var, t *Tensor) error {
	if x, ok := t.Data.([]float32); ok && v.Write(x) == nil {
		return nil
	}
	return v.SetFloats(reals(t))
}

func (s *Session) read(o outcome) (*Tensor, error) {
	host, err := s.program.OutputHost(o.place)
	if err != nil {
		return nil, err
	}
	t := &Tensor{DType: s.model.float(), Shape: o.v.shape}
	switch d := host.(type) {
	case []float32:
		t.Data = append([]float32(nil), d...)
	case []float64:
		t.Data = append([]float64(nil), d...)
	}
	switch {
	case o.v.truth:
		t = typed(Bool, o.v.shape, reals(t))
	case o.v.whole:
		t = typed(Int64, o.v.shape, reals(t))
	}
	return t, nil
}

// compile makes the program for inputs like these, if the last one is for others.
func (s *Session) compile(inputs map[string]*Tensor) error {
	key, err := s.check(inputs)
	if err != nil || key == s.key && s.outputs != nil {
		return err
	}
	if s.program != nil {
		s.program.Close()
	}
	s.key, s.program, s.outputs, s.inputs = key, nil, nil, map[string]string{}
	dt := tensor.Float32
	if s.model.float() == Float64 {
		dt = tensor.Float64
	}
	b := newBuilder(s.model, G.NewGraph(), dt)
	spec := graph.Spec{Name: "onnx", Eval: true}
	made := map[string]*G.Node{}
	b.param = func(name string, t *Tensor) *G.Node {
		if made[name] == nil {
			made[name] = b.named("parameter "+name, t)
			spec.Params = append(spec.Params, made[name])
		}
		return made[name]
	}
	for _, in := range s.model.Inputs() {
		t := inputs[in.Name]
		v := &value{shape: t.Shape}
		if !t.DType.float() || s.model.settles(in.Name) {
			v.known = t
		} else if size(t.Shape) > 0 {
			s.inputs[in.Name] = "input " + in.Name
			v.node = G.NewTensor(b.g, dt, len(rank(t.Shape)), G.WithShape(rank(t.Shape)...), G.WithName(s.inputs[in.Name]))
			spec.Inputs = append(spec.Inputs, v.node)
		}
		b.values[in.Name] = v
	}
	var wanted []string
	for _, o := range s.model.Outputs() {
		wanted = append(wanted, o.Name)
	}
	if err := b.run(wanted...); err != nil {
		return err
	}
	if err := s.plan(b, &spec); err != nil {
		return err
	}
	if len(spec.Outputs) > 0 {
		s.program, err = s.store.Compile(spec)
	}
	return err
}

// plan lists what a run gives.
func (s *Session) plan(b *builder, spec *graph.Spec) error {
	for _, o := range s.model.Outputs() {
		v := b.values[o.Name]
		if v == nil {
			return fmt.Errorf("nothing gives the output %.80q", o.Name)
		}
		out := outcome{name: o.Name, v: v, place: len(spec.Outputs)}
		if v.known == nil || v.node != nil {
			out.v = &value{shape: v.shape, truth: v.truth, whole: v.whole, node: b.nodeOf(v)}
			if b.err != nil {
				return &UnsupportedError{o.Name, "output", b.err.Error()}
			}
			spec.Outputs = append(spec.Outputs, out.v.node)
		}
		s.outputs = append(s.outputs, out)
	}
	return nil
}

// named is a leaf with a value that a store keeps.
func (b *builder) named(name string, t *Tensor) *G.Node {
	n := b.constant(reals(t), rank(t.Shape))
	return G.NewTensor(b.g, b.dt, n.Dims(), G.WithShape(n.Shape()...), G.WithName(name), G.WithValue(n.Value()))
}

// check holds the inputs of a run to the model, and gives what a program is compiled for.
func (s *Session) check(inputs map[string]*Tensor) (string, error) {
	var key strings.Builder
	for _, in := range s.model.Inputs() {
		t := inputs[in.Name]
		switch {
		case in.DType == 0:
			return "", &UnsupportedError{in.Name, "input", "it is no tensor"}
		case elementBytes[in.DType] == 0:
			return "", &UnsupportedError{in.Name, "input", (&unreadType{in.DType}).Error()}
		case in.DType.float() && in.DType != s.model.float():
			return "", &UnsupportedError{in.Name, "input", fmt.Sprintf("%s in a model that computes in %s", in.DType, s.model.float())}
		case t == nil:
			return "", fmt.Errorf("input %.80q is missing", in.Name)
		case t.DType != in.DType:
			return "", fmt.Errorf("input %.80q is %s, the model reads %s", in.Name, t.DType, in.DType)
		}
		if err := t.check(); err != nil {
			return "", fmt.Errorf("input %.80q: %w", in.Name, err)
		}
		if in.Shape != nil && !fits(t.Shape, in.Shape) {
			return "", fmt.Errorf("input %.80q is %v, the model reads %v", in.Name, t.Shape, in.Shape)
		}
		fmt.Fprint(&key, in.Name, t.Shape)
		if !t.DType.float() || s.model.settles(in.Name) {
			fmt.Fprint(&key, t.Data)
		}
	}
	return key.String(), nil
}

// settling are inputs of ops that decide what is computed: they must be known before a run.
var settling = map[string][]int{"Resize": {1, 2, 3}, "Upsample": {1}, "Pad": {2}, "Range": {0, 1, 2}, "Dropout": {1}}

// settles tells whether an input of the model is read by such inputs of ops only: it is a part of what is compiled, then.
func (m *Model) settles(name string) bool {
	read := 0
	for _, n := range m.graph.nodes {
		for i, in := range n.inputs {
			if in != name {
				continue
			}
			if read++; !slices.Contains(settling[n.op], i) {
				return false
			}
		}
	}
	return read > 0
}

// fits tells whether a shape is one of those that a value of a model has.
func fits(shape, want []int) bool {
	if len(shape) != len(want) {
		return false
	}
	for i, d := range want {
		if d >= 0 && d != shape[i] {
			return false
		}
	}
	return true
}
