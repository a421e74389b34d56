package graph

import (
	"math"
	"strings"
	"testing"

	"gorgonia.org/tensor"
)

// TestGradientDescentPath: the start and the place after each step, in memory of their own; x ends where the path does.
// On the book's bowl each step of rate 0.1 multiplies by 0.8.
func TestGradientDescentPath(t *testing.T) {
	const steps = 20
	bowl := func(x *tensor.Dense) float64 {
		sum := 0.0
		for _, v := range x.Float64s() {
			sum += v * v
		}
		return sum
	}
	for name, x := range map[string]*tensor.Dense{
		"vector": tensor.New(tensor.WithShape(2), tensor.WithBacking([]float64{-3, 4})),
		"matrix": tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float64{-3, 4, 0, 1})),
		"scalar": tensor.New(tensor.FromScalar(3.0)),
	} {
		start := x.Clone().(*tensor.Dense).Float64s()
		path, err := GradientDescent(bowl, x, 0.1, steps)
		must(t, err)
		if len(path) != steps+1 {
			t.Fatalf("%s: %d places, want %d", name, len(path), steps+1)
		}
		for i, at := range path {
			for j, v := range at.Float64s() {
				if want := start[j] * math.Pow(0.8, float64(i)); math.Abs(v-want) > 1e-9 {
					t.Errorf("%s, step %d: x[%d] = %v, want %v", name, i, j, v, want)
				}
			}
		}
		for j, v := range x.Float64s() {
			if v != path[steps].Float64s()[j] {
				t.Errorf("%s: x ends at %v, the path at %v", name, x, path[steps])
			}
		}
	}
}

func TestGradientDescentFloat32(t *testing.T) {
	x := tensor.New(tensor.WithShape(2), tensor.WithBacking([]float32{-3, 4}))
	_, err := GradientDescent(func(x *tensor.Dense) float64 {
		v := x.Float32s()
		return float64(v[0])*float64(v[0]) + float64(v[1])*float64(v[1])
	}, x, 0.1, 100)
	must(t, err)
	for i, v := range x.Float32s() {
		if math.Abs(float64(v)) > 1e-6 {
			t.Errorf("x[%d] = %v after 100 steps, want 0", i, v)
		}
	}
}

// TestNumericalGradientLayout: memory in another order than the elements is refused, not scrambled.
func TestNumericalGradientLayout(t *testing.T) {
	fresh := func() *tensor.Dense {
		return tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float64{1, 2, 3, 4, 5, 6}))
	}
	column, err := fresh().Slice(nil, tensor.S(1))
	must(t, err)
	transposed := fresh()
	must(t, transposed.T())
	for name, x := range map[string]*tensor.Dense{
		"a column":     column.(*tensor.Dense),
		"a transpose":  transposed,
		"column-major": tensor.New(tensor.WithShape(2, 3), tensor.AsFortran([]float64{1, 2, 3, 4, 5, 6})),
	} {
		if _, err := NumericalGradient(func(*tensor.Dense) float64 { return 0 }, x, DefaultStep); err == nil || !strings.Contains(err.Error(), "pass a row-major copy") {
			t.Errorf("%s: error %v", name, err)
		}
		if _, err := GradientDescent(func(*tensor.Dense) float64 { return 0 }, x, 0.1, 3); err == nil {
			t.Errorf("%s: descent without an error", name)
		}
	}
	m := fresh()
	row, err := m.Slice(tensor.S(1)) // a view in order is as good as a copy
	must(t, err)
	grad, err := NumericalGradient(func(*tensor.Dense) float64 { v := m.Float64s(); return v[3] + 2*v[4] + 3*v[5] }, row.(*tensor.Dense), DefaultStep)
	must(t, err)
	for i, v := range grad.Float64s() {
		if math.Abs(v-float64(i+1)) > 1e-9 {
			t.Errorf("gradient of a row: %v, want [1 2 3]", grad)
		}
	}
}

// TestNumericalGradientFloat32: scalars too, and the step that a float32 really makes is what is divided by: 300 ± 1e-4
// are 300.0001 ± 9 %.
func TestNumericalGradientFloat32(t *testing.T) {
	square := func(x *tensor.Dense) float64 { v := float64(x.Float32s()[0]); return v * v }
	for _, v := range []float32{0, 0.7, 3, 300, 2000} {
		for name, x := range map[string]*tensor.Dense{
			"scalar": tensor.New(tensor.FromScalar(v)),
			"vector": tensor.New(tensor.WithShape(1), tensor.WithBacking([]float32{v})),
		} {
			grad, err := NumericalGradient(square, x, DefaultStep)
			must(t, err)
			if got, want := float64(grad.Float32s()[0]), 2*float64(v); math.Abs(got-want) > 1e-4*math.Abs(want) {
				t.Errorf("%s %v: gradient %v, want %v", name, v, got, want)
			}
			if x.Float32s()[0] != v || !grad.Shape().Eq(x.Shape()) {
				t.Errorf("%s %v: x is %v afterwards, the gradient's shape %v", name, v, x, grad.Shape())
			}
		}
	}
	lost := tensor.New(tensor.WithShape(1), tensor.WithBacking([]float32{1e6}))
	grad, err := NumericalGradient(square, lost, DefaultStep)
	must(t, err)
	if got := grad.Float32s()[0]; got != 0 {
		t.Errorf("a step that is lost in x gives %v, want 0", got)
	}
}

// TestNumericalGradientRestores: x keeps its bits, -0 and the smallest number among them, even when f panics.
func TestNumericalGradientRestores(t *testing.T) {
	data := []float64{math.Copysign(0, -1), math.SmallestNonzeroFloat64, 1e300, math.Inf(1), 0.1}
	x := tensor.New(tensor.WithShape(len(data)), tensor.WithBacking(append([]float64(nil), data...)))
	same := func(when string) {
		t.Helper()
		for i, v := range x.Float64s() {
			if math.Float64bits(v) != math.Float64bits(data[i]) {
				t.Errorf("%s x[%d] is %v, was %v", when, i, v, data[i])
			}
		}
	}
	_, err := NumericalGradient(func(*tensor.Dense) float64 { return 1 }, x, DefaultStep)
	must(t, err)
	same("after it")
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is lost")
			}
		}()
		calls := 0
		_, _ = NumericalGradient(func(*tensor.Dense) float64 {
			if calls++; calls == 4 {
				panic("f fails")
			}
			return 1
		}, x, DefaultStep)
	}()
	same("after a panic")
}
