package graph

import (
	"fmt"

	"github.com/stheno/stheno/ir"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// wrap makes a Gorgonia value of a node's shape that shares the slice; scalars are copied.
func wrap(data any, n *gorgonia.Node) gorgonia.Value {
	if n.IsScalar() {
		if s, ok := data.([]float32); ok {
			return gorgonia.NewF32(s[0])
		}
		return gorgonia.NewF64(data.([]float64)[0])
	}
	return tensor.New(tensor.WithShape(n.Shape()...), tensor.WithBacking(data))
}

// dense is a value's data in row-major order: a slice, or one number for a scalar.
func dense(v gorgonia.Value) any {
	t, ok := v.(*tensor.Dense)
	if !ok || !t.RequiresIterator() && !t.DataOrder().IsColMajor() {
		return v.Data()
	}
	switch d := t.Data().(type) {
	case []float32:
		return inOrder(t, d)
	case []float64:
		return inOrder(t, d)
	case []int:
		return inOrder(t, d)
	case []bool:
		return inOrder(t, d)
	}
	return v.Data()
}

// inOrder reads a view, or a column-major tensor, row by row.
func inOrder[T any](t *tensor.Dense, data []T) []T {
	shape := ir.Shape(t.Shape())
	out := make([]T, shape.Size())
	ir.View{Strides: t.Strides()}.Each(shape, func(i, src int) { out[i] = data[src] })
	return out
}

// copyValue copies a value into a slice of its type.
func copyValue(dst any, v gorgonia.Value) error {
	switch d := dst.(type) {
	case []float32:
		return copyData(d, dense(v))
	case []float64:
		return copyData(d, dense(v))
	}
	return fmt.Errorf("cannot copy to %T", dst)
}

func copyData[T float32 | float64](dst []T, src any) error {
	switch s := src.(type) {
	case []T:
		if len(s) != len(dst) {
			return fmt.Errorf("a value of %d elements where %d are expected", len(s), len(dst))
		}
		copy(dst, s)
		return nil
	case T:
		if len(dst) != 1 {
			return fmt.Errorf("a scalar where %d elements are expected", len(dst))
		}
		dst[0] = s
		return nil
	}
	return fmt.Errorf("a value of type %T where %T is expected", src, dst)
}

// numbers converts a value to float64, a truth to 1 or 0.
func numbers(v gorgonia.Value) ([]float64, error) {
	switch d := dense(v).(type) {
	case float64:
		return []float64{d}, nil
	case float32:
		return []float64{float64(d)}, nil
	case int:
		return []float64{float64(d)}, nil
	case bool:
		return asFloats([]bool{d}, truth), nil
	case []float64:
		return append([]float64(nil), d...), nil
	case []float32:
		return asFloats(d, func(x float32) float64 { return float64(x) }), nil
	case []int:
		return asFloats(d, func(x int) float64 { return float64(x) }), nil
	case []bool:
		return asFloats(d, truth), nil
	}
	return nil, fmt.Errorf("a value of type %T is not a tensor of numbers", v.Data())
}

func asFloats[T any](x []T, f func(T) float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = f(v)
	}
	return out
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
