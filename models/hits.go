package models

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// hits is the number of rows whose largest score is in the column of the 1 of their one-hot target, as Accuracy counts them. Weights
// that fall from column to column find the first of equals; a NaN equals nothing, its row's largest included, so that nothing is found.
func hits(scores, targets *gorgonia.Node) (gorgonia.Nodes, error) {
	rows, classes := scores.Shape()[0], scores.Shape()[1]
	weights := falling(scores.Dtype(), rows, classes)
	largest, err := gorgonia.Max(scores, 1)
	if err != nil {
		return nil, err
	}
	if largest, err = gorgonia.Reshape(largest, tensor.Shape{rows, 1}); err != nil {
		return nil, err
	}
	at, err := gorgonia.BroadcastEq(scores, largest, true, nil, []byte{1})
	if err != nil {
		return nil, err
	}
	if at, err = gorgonia.HadamardProd(at, weights); err != nil {
		return nil, err
	}
	found, err := gorgonia.Max(at, 1)
	if err != nil {
		return nil, err
	}
	wanted, err := gorgonia.HadamardProd(targets, weights)
	if err != nil {
		return nil, err
	}
	if wanted, err = gorgonia.Sum(wanted, 1); err != nil {
		return nil, err
	}
	right, err := gorgonia.Eq(found, wanted, true)
	if err != nil {
		return nil, err
	}
	count, err := gorgonia.Sum(right)
	return gorgonia.Nodes{count}, err
}

// falling is rows of columns, columns-1, ... 1.
func falling(dt tensor.Dtype, rows, columns int) *gorgonia.Node {
	if dt == tensor.Float32 {
		return constantOf(fall[float32](rows, columns), rows, columns)
	}
	return constantOf(fall[float64](rows, columns), rows, columns)
}

func constantOf(backing any, shape ...int) *gorgonia.Node {
	return gorgonia.NewConstant(tensor.New(tensor.WithShape(shape...), tensor.WithBacking(backing)))
}

func fall[T float32 | float64](rows, columns int) []T {
	v := make([]T, rows*columns)
	for i := range v {
		v[i] = T(columns - i%columns)
	}
	return v
}
