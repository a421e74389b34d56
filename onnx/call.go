package onnx

import (
	"fmt"
	"slices"
)

// call is a node that is being built.
type call struct {
	*builder
	proto      *nodeProto
	in         []*value // nil where one is left out
	attributes map[string]*attributeProto
	read       map[string]bool
}

// arity are the least and the most inputs of ops that have not one to three.
var arity = map[string][2]int{"Constant": {0, 0}, "Clip": {1, 3}, "Slice": {1, 5}, "Resize": {1, 4}, "BatchNormalization": {5, 5}, "Pad": {1, 4},
	"Concat": {1, 1 << 16}, "Sum": {1, 1 << 16}, "Max": {1, 1 << 16}, "Min": {1, 1 << 16}, "Mean": {1, 1 << 16},
	"Add": {2, 2}, "Sub": {2, 2}, "Mul": {2, 2}, "Div": {2, 2}, "Pow": {2, 2}, "MatMul": {2, 2}, "PRelu": {2, 2}, "Mod": {2, 2},
	"Less": {2, 2}, "LessOrEqual": {2, 2}, "Greater": {2, 2}, "GreaterOrEqual": {2, 2}, "Equal": {2, 2}, "And": {2, 2}, "Or": {2, 2}, "Xor": {2, 2},
	"Gemm": {2, 3}, "Conv": {2, 3}, "ConvTranspose": {2, 3}, "Where": {3, 3}, "Gather": {2, 2}, "Expand": {2, 2}, "Tile": {2, 2}, "CastLike": {2, 2}, "Range": {3, 3},
	"CumSum": {2, 2}, "LayerNormalization": {2, 3}, "InstanceNormalization": {3, 3}, "GroupNormalization": {3, 3}, "RMSNormalization": {2, 2}}

func (b *builder) call(n *nodeProto) (*call, error) {
	if !standard(n.domain) || b.model.Opset == 0 {
		return nil, &UnsupportedError{nameOf(n), n.op, fmt.Sprintf("it is of the operators %q, not of the standard ones", n.domain)}
	}
	c := &call{builder: b, proto: n, attributes: map[string]*attributeProto{}, read: map[string]bool{}}
	for _, name := range n.inputs {
		v := b.values[name]
		if v == nil && name != "" {
			return nil, fmt.Errorf("node %.80q: nothing before it gives its input %.80q", nameOf(n), name)
		}
		c.in = append(c.in, v)
	}
	limits, ok := arity[n.op]
	if !ok {
		limits = [2]int{1, 3}
	}
	for len(c.in) > 0 && c.in[len(c.in)-1] == nil {
		c.in = c.in[:len(c.in)-1]
	}
	if _, has := ops[n.op]; has && (len(c.in) < limits[0] || len(c.in) > limits[1] || slices.Contains(c.in[:min(limits[0], len(c.in))], nil)) {
		return nil, fmt.Errorf("node %.80q: %.80s of %d inputs: it takes %d to %d", nameOf(n), printable(n.op), len(c.in), limits[0], limits[1])
	}
	for _, a := range n.attributes {
		if a.reference != "" || c.attributes[a.name] != nil {
			return nil, &UnsupportedError{nameOf(n), n.op, fmt.Sprintf("its attribute %.80q is another's, or comes twice", a.name)}
		}
		c.attributes[a.name] = a
	}
	return c, nil
}

// input is an input that may be left out.
func (c *call) input(i int) *value {
	if i < len(c.in) {
		return c.in[i]
	}
	return nil
}

func (c *call) attribute(name string, kinds ...int32) *attributeProto {
	c.read[name] = true
	a := c.attributes[name]
	if a != nil && a.kind != 0 && !slices.Contains(kinds, a.kind) {
		c.refuse("its attribute %s is of the wrong type", name)
		return nil
	}
	return a
}

func (c *call) int(name string, missing int) int {
	if a := c.attribute(name, attributeInt); a != nil {
		return int(a.i)
	}
	return missing
}

func (c *call) real(name string, missing float64) float64 {
	if a := c.attribute(name, attributeFloat); a != nil {
		return float64(a.f)
	}
	return missing
}

func (c *call) text(name, missing string) string {
	if a := c.attribute(name, attributeText); a != nil {
		return string(a.s)
	}
	return missing
}

// ints is a list, nil where it is missing.
func (c *call) ints(name string) []int {
	if a := c.attribute(name, attributeInts); a != nil {
		return asInts(a.ints)
	}
	return nil
}

func asInts(v []int64) []int {
	out := make([]int, len(v))
	for i, x := range v {
		out[i] = int(x)
	}
	return out
}

// list is a list of whole numbers, which some versions of an op have as an attribute and others as an input; nil where it is missing.
func (c *call) list(name string, i int) []int {
	if v := c.input(i); v != nil {
		return c.knownInts(v, name)
	}
	return c.ints(name)
}

// knownInts are the whole numbers that a value is in every run.
func (b *builder) knownInts(v *value, what string) []int {
	if v.known != nil {
		if d, ok := v.known.Data.([]int64); ok {
			return asInts(d)
		}
	}
	b.refuse("its %s is computed in the run: it must be known before", what)
	return []int{}
}

// knownReals are the numbers that a value is in every run.
func (b *builder) knownReals(v *value, what string) []float64 {
	if v.known == nil {
		b.refuse("its %s is computed in the run: it must be known before", what)
		return nil
	}
	return reals(v.known)
}

// reals are a tensor's numbers.
func reals(t *Tensor) []float64 {
	switch d := t.Data.(type) {
	case []float64:
		return d
	case []float32:
		return converted[float64](d)
	case []int64:
		return converted[float64](d)
	}
	panic("onnx: a tensor of no type") // our own bug: newModel and Run have checked it
}

func converted[T, F float32 | float64 | int64](in []F) []T {
	out := make([]T, len(in))
	for i, v := range in {
		out[i] = T(v)
	}
	return out
}
