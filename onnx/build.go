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
	for _, v := range outs {
		if b.err == nil && v != nil {
			b.fits(v.shape)
		}
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

// refuse keeps the first reason why the node cannot be computed here. The value that it gives stands for none.
func (b *builder) refuse(format string, args ...any) *value {
	if b.err == nil {
		b.err = fmt.Errorf(format, args...)
	}
	return &value{shape: []int{}}
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

// fits makes sure that there is memory for a value, which a few nodes may make very large.
func (b *builder) fits(shape []int) {
	n := 1
	for _, d := range shape {
		if d > 0 && n > mostElements/d {
			b.refuse("it gives a tensor of the shape %v: at most %d elements are computed", shape, mostElements)
			return
		}
		n *= max(d, 1)
	}
	if err := memory.Fits(float64(n) * float64(b.dt.Size())); err != nil {
		b.refuse("it gives a tensor of the shape %v: %w", shape, err)
	}
}

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
