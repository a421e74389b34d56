package graph

import (
	"fmt"
	"slices"

	"github.com/stheno/stheno/ir"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// ourOwn are ops that run on the host through code of ours instead of their own. Gorgonia's ByIndices makes one number of a (1, 1)
// tensor's rows, takes slice 0 for an index that is out of range, and loses a derivative by a single computed index.
var ourOwn = map[string]func(c *hostCall, args []gorgonia.Value) (gorgonia.Value, error){
	"byIndicesOp": func(c *hostCall, args []gorgonia.Value) (gorgonia.Value, error) {
		return c.byIndices(fieldsOf(c.op), args[0], args[0], args[1], false)
	},
	"byIndicesOpDiffOp": func(c *hostCall, args []gorgonia.Value) (gorgonia.Value, error) {
		f := fieldsOf(c.op)
		f.v = f.v.Field(0).Elem() // the derivative holds the op
		return c.byIndices(f, args[0], args[1], args[2], true)
	},
}

// byIndices takes the slices of x that the indices name along an axis, in their order; or, scattering, adds the slices of from to
// where in a tensor like x they were taken from. An index that is out of range is an error; a Machine takes slice 0, as Gorgonia does
// and its tests want.
func (c *hostCall) byIndices(op *fields, x, from, indices gorgonia.Value, scatter bool) (gorgonia.Value, error) {
	axis, at, isInt := op.int("axis"), []int(nil), false
	switch d := dense(indices).(type) {
	case []int:
		at, isInt = slices.Clone(d), true
	case int:
		at, isInt = []int{d}, true
	}
	s := ir.Shape(x.Shape())
	if op.missing || !isInt || axis >= len(s) {
		return nil, fmt.Errorf("indices of type %v along axis %d of %v", indices.Dtype(), axis, s)
	}
	for i := range at {
		if at[i] >= 0 && at[i] < s[axis] {
			continue
		}
		if !c.asTape {
			return nil, fmt.Errorf("index %d is out of range: axis %d of %v has %d", at[i], axis, s, s[axis])
		}
		at[i] = 0
	}
	out := append(ir.Shape{}, s...)
	if !scatter {
		out[axis] = len(at)
	}
	inner := s[axis+1:].Size()
	switch d := dense(from).(type) {
	case []float32:
		return moved(d, s[:axis].Size(), s[axis], inner, at, out, scatter), nil
	case []float64:
		return moved(d, s[:axis].Size(), s[axis], inner, at, out, scatter), nil
	case []int:
		return moved(d, s[:axis].Size(), s[axis], inner, at, out, scatter), nil
	}
	return nil, fmt.Errorf("slices of type %v", from.Dtype())
}

func moved[T float32 | float64 | int](from []T, outer, length, inner int, at []int, shape ir.Shape, scatter bool) gorgonia.Value {
	to := make([]T, shape.Size())
	for o := range outer {
		for k, i := range at {
			big, small := (o*length+i)*inner, (o*len(at)+k)*inner
			if !scatter {
				copy(to[small:small+inner], from[big:])
				continue
			}
			for j := range inner {
				to[big+j] += from[small+j]
			}
		}
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(to))
}
