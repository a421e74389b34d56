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
	if d, ok := t.Data.([]float32); ok {
		return finite(t.Name, t.Shape, d)
	}
	return finite(t.Name, t.Shape, t.Data.([]float64))
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
	for i, x := range v {
		out[i] = float32(x)
	}
	return out
}

func widen(data any) []float64 {
	if d, ok := data.([]float64); ok {
		return d
	}
	d := data.([]float32)
	out := make([]float64, len(d))
	for i, x := range d {
		out[i] = float64(x)
	}
	return out
}
