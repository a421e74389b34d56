package models

import (
	"fmt"
	"math"

	"github.com/stheno/stheno/checkpoint"
	"github.com/stheno/stheno/graph"
)

// Finite is an error that names the first element of the parameter's value which is no number.
func (p Param) Finite() error { return finite(p.Name, p.Shape, p.Init) }

func finiteData(t checkpoint.Tensor) error {
	switch d := t.Data.(type) {
	case []float32:
		return finite(t.Name, t.Shape, d)
	case []float64:
		return finite(t.Name, t.Shape, d)
	}
	return nil // an integer is
}

// finite is an error that names the first element which is no number.
func finite[T float32 | float64](name string, shape []int, v []T) error {
	for i, x := range v {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return fmt.Errorf("%s%v is %v: parameters must be finite numbers", name, graph.Coordinates(i, shape), x)
		}
	}
	return nil
}

// fitsFloat32 is an error that names the first number which float32 would make infinite.
func fitsFloat32(name string, shape []int, v []float64) error {
	for i, x := range v {
		if math.IsInf(float64(float32(x)), 0) {
			return fmt.Errorf("%s%v is %g, more than float32 holds: read the file as float64", name, graph.Coordinates(i, shape), x)
		}
	}
	return nil
}

func narrow(v []float64) []float32 {
	out := make([]float32, len(v))
	convert(out, v)
	return out
}

// widen is the data of a tensor as float64.
func widen(data any) []float64 {
	switch d := data.(type) {
	case []float32:
		return widened(d)
	case []int64:
		return widened(d)
	}
	return data.([]float64)
}

func widened[T float32 | int64](v []T) []float64 {
	out := make([]float64, len(v))
	convert(out, v)
	return out
}
