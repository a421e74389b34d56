package graph

import (
	"errors"
	"math"
	"strings"
	"testing"

	"gorgonia.org/tensor"
)

// TestNumericalGradientOfAnyTensor: vectors, matrices, tensors and scalars, with x restored to the last bit.
func TestNumericalGradientOfAnyTensor(t *testing.T) {
	for _, shape := range [][]int{{5}, {2, 3}, {2, 2, 2}} {
		n := tensor.Shape(shape).TotalSize()
		data := make([]float64, n)
		for i := range data {
			data[i] = 0.1 + 1/float64(i+3)
		}
		before := append([]float64(nil), data...)
		x := tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data))
		grad, err := NumericalGradient(func(x *tensor.Dense) float64 {
			sum := 0.0
			for i, v := range x.Data().([]float64) {
				sum += float64(i) * math.Sin(v)
			}
			return sum
		}, x, DefaultStep)
		must(t, err)
		if !grad.Shape().Eq(x.Shape()) {
			t.Errorf("the gradient of %v has the shape %v", shape, grad.Shape())
		}
		for i, v := range before {
			if data[i] != v {
				t.Errorf("%v: x[%d] is %v afterwards, was %v", shape, i, data[i], v)
			}
			if got, want := grad.Data().([]float64)[i], float64(i)*math.Cos(v); math.Abs(got-want) > 1e-7 {
				t.Errorf("%v: gradient[%d] = %v, want %v", shape, i, got, want)
			}
		}
	}
	scalar, err := NumericalGradient(func(x *tensor.Dense) float64 { v := x.Data().(float64); return v * v }, tensor.New(tensor.FromScalar(3.0)), DefaultStep)
	must(t, err)
	if got := scalar.Data().(float64); math.Abs(got-6) > 1e-9 {
		t.Errorf("gradient of a scalar: %v, want 6", got)
	}
	single, err := NumericalGradient(func(x *tensor.Dense) float64 { v := x.Data().([]float32)[0]; return float64(v) * float64(v) },
		tensor.New(tensor.WithShape(2), tensor.WithBacking([]float32{3, 1})), 1e-2)
	must(t, err)
	if got := single.Data().([]float32); math.Abs(float64(got[0])-6) > 1e-3 || got[1] != 0 {
		t.Errorf("float32: %v, want [6 0]", got)
	}
	if _, err := NumericalGradient(func(*tensor.Dense) float64 { return 0 }, tensor.New(tensor.WithShape(2), tensor.WithBacking([]int{1, 2})), 1); err == nil {
		t.Error("no error for a tensor of int")
	}
}

// bowl is Σ k·x² as an evaluator; its gradient is 2k·x.
type bowl struct {
	x    []float64
	fail bool
}

func (b *bowl) Param(name string) []float64 {
	if name != "x" {
		return nil
	}
	return b.x
}

func (b *bowl) Loss() (float64, error) {
	if b.fail {
		return 0, errors.New("no loss today")
	}
	sum := 0.0
	for i, v := range b.x {
		sum += float64(i+1) * v * v
	}
	return sum, nil
}

func bowls(n int) (s Subject) {
	x := []float64{0.5, -1, 2, 0.25, 3, -0.75}
	for range n {
		s.Evaluators = append(s.Evaluators, &bowl{x: append([]float64(nil), x...)})
	}
	s.Params = []NamedShape{{"x", []int{2, 3}}}
	right := make([]float64, len(x))
	for i, v := range x {
		right[i] = 2 * float64(i+1) * v
	}
	s.Symbolic = map[string][]float64{"x": right}
	s.ByHand = map[string][]float64{"x": append([]float64(nil), right...)}
	return s
}

// TestCheck: right gradients pass in every mode, wrong ones fail, and the report says where.
func TestCheck(t *testing.T) {
	modes := map[string]func(CheckConfig) CheckConfig{
		"all":    func(c CheckConfig) CheckConfig { return c },
		"sample": func(c CheckConfig) CheckConfig { c.Sample, c.Seed = 4, 1; return c },
		"fast":   func(c CheckConfig) CheckConfig { c.Fast, c.Seed = true, 1; return c },
	}
	for name, mode := range modes {
		c := mode(DefaultCheck)
		s := bowls(2)
		rep, err := Check(s, c)
		must(t, err)
		if !rep.OK() || len(rep.Rows) != 2 {
			t.Errorf("%s: a right gradient fails:\n%s", name, rep)
		}
		for i := range s.Symbolic["x"] {
			s.Symbolic["x"][i] *= 1.01
		}
		rep, err = Check(s, c)
		must(t, err)
		if rep.OK() || rep.Rows[0].OK || rep.Rows[1].OK || !strings.Contains(rep.String(), "FAIL") {
			t.Errorf("%s: a wrong gradient passes:\n%s", name, rep)
		}
	}
	s := bowls(1)
	s.Symbolic["x"][4] += 0.5
	rep, err := Check(s, DefaultCheck)
	must(t, err)
	row := rep.Rows[1]
	if row.Param != "x" || row.At[0] != 1 || row.At[1] != 1 || math.Abs(row.MaxAbs-0.5) > 1e-6 || math.Abs(row.Got-30.5) > 1e-6 || math.Abs(row.Want-30) > 1e-6 {
		t.Errorf("the report puts the fault at %+v", row)
	}
	s = bowls(1)
	s.Symbolic["x"][2] = math.NaN()
	if rep, err = Check(s, DefaultCheck); err != nil || rep.OK() {
		t.Errorf("NaN passes: %v\n%s", err, rep)
	}
}

// TestCheckErrors: what stops an evaluation is reported with the parameter, and the parameter is restored.
func TestCheckErrors(t *testing.T) {
	s := bowls(1)
	b := s.Evaluators[0].(*bowl)
	b.fail = true
	if _, err := Check(s, DefaultCheck); err == nil || !strings.Contains(err.Error(), "gradient check of x: no loss today") {
		t.Errorf("error %v", err)
	}
	if b.x[0] != 0.5 {
		t.Errorf("x[0] is %v afterwards", b.x[0])
	}
	s = bowls(1)
	s.Params[0].Name = "y"
	if _, err := Check(s, DefaultCheck); err == nil || !strings.Contains(err.Error(), "no parameter y") {
		t.Errorf("error %v", err)
	}
	if _, err := Check(Subject{}, DefaultCheck); err == nil {
		t.Error("no error without evaluators")
	}
}
