package graph

import (
	"fmt"
	"reflect"

	"github.com/stheno/stheno/ir"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// box holds a value that a program cannot compute with, such as indices (int), truths (bool) or the other float type. Ops
// that read or make one run on the host; to the program its value is a token, one number that only keeps the order.
type box struct {
	name  string
	shape ir.Shape
	of    tensor.Dtype
	v     gorgonia.Value
}

func newBox(n *gorgonia.Node) *box {
	return &box{name: n.Name(), shape: shapeOf(n), of: n.Dtype(), v: n.Value()}
}

// set takes a value of the box's type and size.
func (b *box) set(v gorgonia.Value) error {
	if v.Dtype() != b.of {
		return fmt.Errorf("%s is of type %v, not %v", b.name, b.of, v.Dtype())
	}
	if v.Shape().TotalSize() != b.shape.Size() {
		return fmt.Errorf("%s has the shape %v, not %v", b.name, b.shape, v.Shape())
	}
	b.v = v
	return nil
}

// Write takes a copy of a slice of the box's type and size.
func (b *box) Write(src any) error {
	v := reflect.ValueOf(src)
	if v.Kind() != reflect.Slice || v.Type().Elem() != b.of.Type || v.Len() != b.shape.Size() {
		return fmt.Errorf("write %T to %s, %d numbers of type %v", src, b.name, b.shape.Size(), b.of)
	}
	own := reflect.AppendSlice(reflect.MakeSlice(v.Type(), 0, v.Len()), v)
	b.v = tensor.New(tensor.WithShape(b.shape...), tensor.WithBacking(own.Interface()))
	return nil
}

// Read copies the value to a slice of its type.
func (b *box) Read(dst any) error {
	if b.v == nil {
		return fmt.Errorf("%s has no value yet", b.name)
	}
	src, to := reflect.ValueOf(dense(b.v)), reflect.ValueOf(dst)
	if to.Kind() != reflect.Slice || to.Type().Elem() != b.of.Type {
		return fmt.Errorf("read %s of type %v into %T", b.name, b.of, dst)
	}
	if src.Kind() != reflect.Slice { // a scalar
		src = reflect.Append(reflect.MakeSlice(to.Type(), 0, 1), src)
	}
	if src.Len() != to.Len() {
		return fmt.Errorf("read %s of %d elements into a slice of %d", b.name, src.Len(), to.Len())
	}
	reflect.Copy(to, src)
	return nil
}

// Host is the value's slice, or for a scalar its only element.
func (b *box) Host() any {
	if b.v == nil {
		return nil
	}
	return b.v.Data()
}

// Free forgets the value.
func (b *box) Free() { b.v = nil }

// typeOf is the float type that most of the numbers of these nodes are of: a program computes in it. float64 where there are
// none.
func typeOf(nodes gorgonia.Nodes) ir.DType {
	single, double := 0, 0
	for _, n := range nodes {
		switch n.Dtype() {
		case tensor.Float32:
			single += shapeOf(n).Size() + 1
		case tensor.Float64:
			double += shapeOf(n).Size() + 1
		}
	}
	if single > double {
		return ir.Float32
	}
	return ir.Float64
}

// dtypes are Gorgonia's names of the types that programs compute in.
var dtypes = map[ir.DType]tensor.Dtype{ir.Float32: tensor.Float32, ir.Float64: tensor.Float64}
