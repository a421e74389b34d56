package graph

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"

	"stheno/ir"
)

// Evaluator computes a loss as a black box: all that a finite difference may know of a model. Param is the live memory
// of a parameter; Loss evaluates with what stands there.
type Evaluator interface {
	Param(name string) []float64
	Loss() (float64, error)
}

// Subject is a model whose gradient is to be proven.
type Subject struct {
	Params     []NamedShape
	Symbolic   map[string][]float64 // the derivative under test, by parameter
	ByHand     map[string][]float64 // a hand-written backward pass, or nil
	Evaluators []Evaluator          // independent copies, one for each core to use; at least one
}

// NamedShape is a parameter's name and shape.
type NamedShape struct {
	Name  string
	Shape []int
}

// CheckConfig sets the bounds: two numbers agree when |a − b| ≤ ATol + RTol·|b|, as in PyTorch's gradcheck.
type CheckConfig struct {
	ATol, RTol float64
	Step       float64 // h of the central differences; 0 is DefaultStep
	Sample     int     // elements of each parameter to check numerically, drawn with Seed; 0 is all
	Seed       uint64
	Fast       bool // one random direction for each parameter instead of its elements
}

// DefaultCheck compares every element in float64.
var DefaultCheck = CheckConfig{ATol: 1e-9, RTol: 1e-6}

// Check compares the symbolic gradient with the hand-written one and with central differences.
func Check(s Subject, c CheckConfig) (*Report, error) {
	if len(s.Evaluators) == 0 {
		return nil, fmt.Errorf("gradient check: no evaluator")
	}
	for _, p := range s.Params {
		if err := s.fits(p); err != nil {
			return nil, fmt.Errorf("gradient check of %s: %w", p.Name, err)
		}
	}
	if c.Step == 0 {
		c.Step = DefaultStep
	}
	rep := &Report{ATol: c.ATol, RTol: c.RTol}
	for i, p := range s.Params {
		got := s.Symbolic[p.Name]
		if hand := s.ByHand[p.Name]; hand != nil {
			rep.Rows = append(rep.Rows, c.compare(p, "by hand", got, hand, all(len(got))))
		}
		rng := rand.New(rand.NewPCG(c.Seed, uint64(i)))
		row, err := c.numerical(s.Evaluators, p, got, rng)
		if err != nil {
			return nil, fmt.Errorf("gradient check of %s: %w", p.Name, err)
		}
		rep.Rows = append(rep.Rows, row)
	}
	return rep, nil
}

// fits makes sure that everything about a parameter is there in its size: what is missing would pass unseen.
func (s Subject) fits(p NamedShape) error {
	n := ir.Shape(p.Shape).Size()
	for _, e := range s.Evaluators {
		switch x := e.Param(p.Name); {
		case x == nil:
			return fmt.Errorf("the evaluator has no parameter %s", p.Name)
		case len(x) != n:
			return fmt.Errorf("the evaluator has %d elements, the shape %v has %d", len(x), p.Shape, n)
		}
	}
	if got := len(s.Symbolic[p.Name]); got != n {
		return fmt.Errorf("the symbolic gradient has %d elements, the shape %v has %d", got, p.Shape, n)
	}
	if hand := len(s.ByHand[p.Name]); s.ByHand != nil && hand != n {
		return fmt.Errorf("the hand-written gradient has %d elements, the shape %v has %d", hand, p.Shape, n)
	}
	return nil
}

func (c CheckConfig) numerical(es []Evaluator, p NamedShape, got []float64, rng *rand.Rand) (Row, error) {
	if c.Fast {
		a, b, err := c.directional(es[0], p, got, rng)
		return c.compare(NamedShape{Name: p.Name}, "numerical, one direction", []float64{a}, []float64{b}, all(1)), err
	}
	at := all(len(got))
	if c.Sample > 0 && c.Sample < len(got) {
		at = rng.Perm(len(got))[:c.Sample]
	}
	want, err := NumericalElements(es, p.Name, at, c.Step)
	if err != nil {
		return Row{}, err
	}
	picked := make([]float64, len(at))
	for i, j := range at {
		picked[i] = got[j]
	}
	return c.compare(p, "numerical", picked, want, at), nil
}

// directional compares the derivative along one random unit vector.
func (c CheckConfig) directional(e Evaluator, p NamedShape, got []float64, rng *rand.Rand) (symbolic, numerical float64, err error) {
	x := e.Param(p.Name)
	u := make([]float64, len(x))
	norm := 0.0
	for i := range u {
		u[i] = rng.NormFloat64()
		norm += u[i] * u[i]
	}
	old := append([]float64(nil), x...)
	defer copy(x, old)
	at := func(h float64) (float64, error) {
		for i := range x {
			x[i] = old[i] + h*u[i]
		}
		return e.Loss()
	}
	for i := range u {
		u[i] /= math.Sqrt(norm)
		symbolic += u[i] * got[i]
	}
	above, err := at(c.Step)
	if err != nil {
		return 0, 0, err
	}
	below, err := at(-c.Step)
	return symbolic, (above - below) / (2 * c.Step), err
}

// compare finds the largest differences. index maps positions to elements of the parameter.
func (c CheckConfig) compare(p NamedShape, against string, got, want []float64, index []int) Row {
	row := Row{Param: p.Name, Against: against, Checked: len(got), OK: true}
	worst := math.Inf(-1)
	for i := range got {
		diff, size := math.Abs(got[i]-want[i]), math.Abs(want[i])
		fails := !(diff <= c.ATol+c.RTol*size) // NaN fails
		if fails && row.OK {
			row.OK, worst = false, math.Inf(-1) // what fails is shown before any larger difference within its bound
		}
		if fails != row.OK && (diff > worst || math.IsNaN(diff) && !math.IsNaN(worst)) {
			worst = diff
			row.At, row.Got, row.Want = coordinates(index[i], p.Shape), got[i], want[i]
		}
		row.MaxAbs = max(row.MaxAbs, diff)
		if size > c.ATol {
			row.MaxRel = max(row.MaxRel, diff/size)
		}
	}
	return row
}

func coordinates(i int, shape []int) []int {
	at := make([]int, len(shape))
	for d := len(shape) - 1; d >= 0; d-- {
		at[d] = i % shape[d]
		i /= shape[d]
	}
	return at
}

func all(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// NumericalElements is the derivative of the loss with respect to the listed elements of a parameter, by central
// differences. The elements are shared out among the evaluators, each used by one goroutine.
func NumericalElements(es []Evaluator, param string, at []int, h float64) ([]float64, error) {
	out := make([]float64, len(at))
	errs := make([]error, len(es))
	var wg sync.WaitGroup
	for w, e := range es {
		wg.Go(func() {
			x := e.Param(param)
			if x == nil {
				errs[w] = fmt.Errorf("the evaluator has no parameter %s", param)
				return
			}
			for i := len(at) * w / len(es); i < len(at)*(w+1)/len(es) && errs[w] == nil; i++ {
				out[i], errs[w] = difference(e.Loss, &x[at[i]], h)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
