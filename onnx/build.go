package onnx

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/stheno/stheno/internal/memory"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// UnsupportedError says which node of a model, which input or which output, cannot be computed here.
type UnsupportedError struct {
	Node string // its name, or that of its first output
	Op   string // input and output of those of the model
	Why  string
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("node %.80q: %.80s: %.800s", e.Node, printable(e.Op), printable(e.Why))
}

// printable is a text in one line: whatever a file's names have in them.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, text)
}

// value is what flows between nodes while a graph is built.
type value struct {
	shape []int   // the format's: none for one number
	known *Tensor // where it is the same in every run
	name  string  // of an initializer
	node  *G.Node // of as many elements; nil until it is asked for of what is known
	truth bool    // the node's numbers are 1 and 0, for true and false
	whole bool    // the node's numbers are whole, and of int64 in the model
}

// builder makes a graph of Gorgonia's of a model, for inputs of certain shapes.
type builder struct {
	model  *Model
	g      *G.ExprGraph
	dt     tensor.Dtype // that the graph computes in
	float  DType        // that the model computes in
	values map[string]*value
	// param makes the leaf of an initializer that a run may change; nil makes all of them constants.
	param  func(name string, v *Tensor) *G.Node
	leaves int
	err    error // the first one; what is built behind it is thrown away
}

func newBuilder(m *Model, g *G.ExprGraph, dt tensor.Dtype) *builder {
	b := &builder{model: m, g: g, dt: dt, float: m.float(), values: map[string]*value{}}
	for name, t := range m.inits {
		b.values[name] = &value{shape: t.Shape, known: t, name: name}
	}
	return b
}

// float is the type that a model computes in: that of the first input, initializer or output with one.
func (m *Model) float() DType {
	for _, v := range slices.Concat(m.Inputs(), m.Outputs()) {
		if v.DType.float() {
			return v.DType
		}
	}
	for _, name := range sortedKeys(m.inits) {
		if dt := m.inits[name].DType; dt.float() {
			return dt
		}
	}
	return Float32
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// run builds the nodes that some values need, which the format has in an order in which they can be computed. Inputs have been put into
// values.
func (b *builder) run(wanted ...string) error {
	if b.model.Opset > mostOpset {
		return fmt.Errorf("it is written in version %d of the operators or later: versions to %d are read: export it with an older opset", b.model.Opset, mostOpset)
	}
	needed := b.model.needed(wanted)
	for i, n := range b.model.graph.nodes {
		if !needed[i] {
			continue
		}
		if err := b.apply(n); err != nil {
			return err
		}
	}
	return nil
}

// needed tells which nodes some values are computed by.
func (m *Model) needed(wanted []string) []bool {
	nodes, names := make([]bool, len(m.graph.nodes)), map[string]bool{}
	for _, name := range wanted {
		names[name] = true
	}
	for i, n := range slices.Backward(m.graph.nodes) {
		nodes[i] = slices.ContainsFunc(n.outputs, func(name string) bool { return name != "" && names[name] })
		for _, name := range n.inputs {
			names[name] = names[name] || nodes[i]
		}
	}
	return nodes
}

// apply builds one node. Gorgonia panics on some graphs.
func (b *builder) apply(n *nodeProto) (err error) {
	unsupported := func(why string) error { return &UnsupportedError{nameOf(n), n.op, why} }
	defer func() {
		if r := recover(); r != nil && err == nil {
			err = unsupported(fmt.Sprint("its graph cannot be built: ", r))
			if b.err != nil {
				err = unsupported(b.err.Error())
			}
		}
	}()
	c, err := b.call(n)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(c.in, func(v *value) bool { return v != nil && v.whole }) && !readWholes[n.op] {
		return unsupported("it reads whole numbers that the run computes")
	}
	outs := c.known()
	if outs == nil {
		row, ok := ops[n.op]
		if !ok {
			return unsupported("there is no such op here")
		}
		outs = row(c)
	}
	if b.err != nil {
		return unsupported(b.err.Error())
	}
	for _, name := range sortedKeys(c.attributes) {
		if !c.read[name] {
			return unsupported(fmt.Sprintf("its attribute %s is not known here", name))
		}
	}
	for i, name := range n.outputs {
		switch {
		case name == "":
		case i >= len(outs) || outs[i] == nil:
			return unsupported(fmt.Sprintf("its output %d is not computed here", i+1))
		case b.values[name] != nil:
			return fmt.Errorf("node %.80q: a second value is named %.80q", nameOf(n), name)
		default:
			b.values[name] = outs[i]
		}
	}
	return nil
}

// readWholes are the ops that take whole numbers which are not known before a run.
var readWholes = map[string]bool{"Cast": true, "CastLike": true, "Identity": true, "Reshape": true, "Squeeze": true, "Unsqueeze": true, "Flatten": true}

func nameOf(n *nodeProto) string {
	if n.name == "" && len(n.outputs) > 0 {
		return n.outputs[0]
	}
	return n.name
}

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

// refuse keeps the first reason why the node cannot be computed here. The value that it gives stands for none.
func (b *builder) refuse(format string, args ...any) *value {
	if b.err == nil {
		b.err = fmt.Errorf(format, args...)
	}
	return &value{shape: []int{}}
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

// axis counts from the end where it is negative.
func (b *builder) axis(a, dims int) int {
	if a < -dims || a >= dims {
		b.refuse("axis %d of %d", a, dims)
		return 0
	}
	return (a + dims) % max(dims, 1)
}

var errEmpty = errors.New("it reads a tensor of no elements")

// nodeOf is the value as a node with the value's own shape, (1) where it is one number.
func (b *builder) nodeOf(v *value) *G.Node { return b.shaped(v, rank(v.shape)) }

// rank is a shape of at least one dimension.
func rank(shape []int) []int {
	if len(shape) == 0 {
		return []int{1}
	}
	return shape
}

// shaped is the value as a node of a shape with as many elements.
func (b *builder) shaped(v *value, shape []int) *G.Node {
	if v.node == nil && b.err == nil {
		v.node = b.leaf(v)
	}
	if b.err != nil || v.node == nil {
		b.refuse("%w", errEmpty)
		return nil
	}
	if slices.Equal(v.node.Shape(), shape) {
		return v.node
	}
	return b.made(G.Reshape(v.node, slices.Clone(shape)))
}

// made keeps an error of Gorgonia's.
func (b *builder) made(n *G.Node, err error) *G.Node {
	if err != nil {
		b.refuse("its graph cannot be built: %w", err)
	}
	return n
}

// of is the value of a node.
func (b *builder) of(n *G.Node, shape ...int) *value {
	if b.err == nil && (n == nil || slices.ContainsFunc(shape, func(d int) bool { return d < 1 })) {
		b.refuse("%w", errEmpty)
	}
	if b.err == nil && n.Shape().TotalSize() != size(shape) {
		b.refuse("Gorgonia gives it the shape %v, not %v", n.Shape(), shape)
	}
	return &value{shape: slices.Clone(shape), node: n}
}

// leaf is the node of what is known: a parameter, or numbers that stay.
func (b *builder) leaf(v *value) *G.Node {
	t := v.known
	switch {
	case t == nil:
		b.refuse("%w", errEmpty)
		return nil
	case size(t.Shape) == 0:
		b.refuse("%w", errEmpty)
		return nil
	case t.DType != b.float && t.DType != Bool:
		b.refuse("it computes with %s in a model of %s", t.DType, b.float)
		return nil
	}
	if b.learns(v) {
		return b.param(v.name, t)
	}
	v.truth = t.DType == Bool
	return b.constant(reals(t), rank(t.Shape))
}

// learns tells whether a value is a parameter.
func (b *builder) learns(v *value) bool {
	return b.param != nil && v.name != "" && v.known.DType == b.float
}

// mostMade is how many elements are made of few, such as those of a ConstantOfShape.
var mostMade = 1 << 28

// room tells whether there is memory for a tensor of numbers that are not in the file.
func (b *builder) room(shape []int) bool {
	n := 1
	for _, d := range shape {
		if d < 0 || d > 0 && n > mostMade/d {
			b.refuse("a tensor of the shape %v: at most %d elements are made", shape, mostMade)
			return false
		}
		n *= max(d, 1)
	}
	if err := memory.Fits(16 * float64(n)); err != nil {
		b.refuse("a tensor of the shape %v: %w", shape, err)
		return false
	}
	return true
}

// constant is a leaf with numbers that stay. Gorgonia takes large constants that differ in their middle for one: this one has its name.
func (b *builder) constant(x []float64, shape []int) *G.Node {
	b.leaves++
	var backing any = slices.Clone(x)
	if b.dt == tensor.Float32 {
		backing = converted[float32](x)
	}
	v := tensor.New(tensor.WithShape(shape...), tensor.WithBacking(backing))
	return G.NewTensor(b.g, b.dt, len(shape), G.WithShape(shape...), G.WithName(fmt.Sprint("onnx constant ", b.leaves)), G.WithValue(v))
}

// filled is a leaf of one number everywhere.
func (b *builder) filled(x float64, shape []int) *G.Node {
	if !b.room(shape) {
		return nil
	}
	return b.constant(slices.Repeat([]float64{x}, size(shape)), shape)
}

// number is one known number.
func (b *builder) number(x float64) *value {
	t := &Tensor{DType: b.float, Shape: []int{}, Data: []float64{x}}
	if b.float == Float32 {
		t.Data = []float32{float32(x)}
	}
	return &value{shape: []int{}, known: t}
}
