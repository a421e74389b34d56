package graph

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/stheno/stheno/ir"
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
	Hand       float64 // ATol against the hand-written gradient, in parts of its largest element; 0 is ATol itself
	Step       float64 // h of the central differences; 0 is DefaultStep
	Sample     int     // elements of each parameter to check numerically, drawn with Seed; 0 is all
	Seed       uint64
	Fast       bool // one random direction for each parameter instead of its elements
}

// DefaultCheck compares every element in float64.
var DefaultCheck = CheckConfig{ATol: 1e-9, RTol: 1e-6, Hand: 1e-10}

// Check compares the symbolic gradient with the hand-written one and with central differences. Where a central difference
// crosses a kink, such as that of a ReLU, the element is held to the slopes on either side of it instead.
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
			row, err := c.byHand(s.Evaluators, p, got, hand, largestOf(s.ByHand))
			if err != nil {
				return nil, fmt.Errorf("gradient check of %s: %w", p.Name, err)
			}
			rep.Rows = append(rep.Rows, row)
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

// bound is by how much a number may differ from v.
func (c CheckConfig) bound(v float64) float64 { return c.ATol + c.RTol*math.Abs(v) }

// pair is one element of two gradients.
type pair struct {
	at        int // in the parameter
	got, want float64
	verdict   verdict
	closer    bool // it was looked at from each side
}

// pairUp compares two gradients; index maps positions to elements of the parameter.
func (c CheckConfig) pairUp(got, want []float64, index []int) []pair {
	pairs := make([]pair, len(got))
	for i := range pairs {
		pairs[i] = pair{at: index[i], got: got[i], want: want[i]}
		if math.Abs(got[i]-want[i]) <= c.bound(want[i]) { // NaN does not agree
			pairs[i].verdict = proven
		}
	}
	return pairs
}

// mostByHand is how many elements may differ from a hand-written gradient for a kink to be looked for.
const mostByHand = 1000

// roundingByHand is what float64 leaves of a gradient that is nothing, in parts of the whole gradient's largest element.
const roundingByHand = 1e-15

// byHand compares with the hand-written gradient. On a kink each of the two may have another of the slopes.
func (c CheckConfig) byHand(es []Evaluator, p NamedShape, got, hand []float64, largest float64) (Row, error) {
	if c.Hand > 0 {
		c.ATol = min(c.ATol, max(c.Hand*largestOf(map[string][]float64{"": hand}), roundingByHand*largest))
	}
	pairs := c.pairUp(got, hand, all(len(got)))
	err := c.settle(pairs, mostByHand, es, elementOf(p.Name), func(x *pair, left, right slope) {
		x.verdict = min(judge(x.got, left, right), judge(x.want, left, right))
	})
	return c.row(p, "by hand", pairs), err
}

func (c CheckConfig) numerical(es []Evaluator, p NamedShape, got []float64, rng *rand.Rand) (Row, error) {
	toSlope := func(x *pair, left, right slope) {
		x.verdict, x.want = judge(x.got, left, right), nearest(x.got, left, right)
	}
	if c.Fast {
		along, symbolic := direction(p.Name, got, rng)
		quotient, err := central(along(es[0], 0), c.Step)
		if err != nil {
			return Row{}, err
		}
		pairs := c.pairUp([]float64{symbolic}, []float64{quotient}, []int{0})
		err = c.settle(pairs, 1, es, along, toSlope)
		return c.row(NamedShape{Name: p.Name}, "numerical, one direction", pairs), err
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
	pairs := c.pairUp(picked, want, at)
	err = c.settle(pairs, len(pairs), es, elementOf(p.Name), toSlope)
	return c.row(p, "numerical", pairs), err
}

// settle looks at the pairs that do not agree once more, at most so many, from both sides: there may be a kink.
func (c CheckConfig) settle(pairs []pair, most int, es []Evaluator, along func(e Evaluator, at int) line, judge func(x *pair, left, right slope)) error {
	var off []*pair
	for i := range pairs {
		if pairs[i].verdict == wrong {
			off = append(off, &pairs[i])
		}
	}
	if len(off) > most {
		return nil
	}
	return share(es, len(off), func(e Evaluator) func(i int) error {
		return func(i int) error {
			x := off[i]
			left, right, err := c.slopes(along(e, x.at))
			if err != nil {
				return err
			}
			judge(x, left, right)
			x.closer = true
			return nil
		}
	})
}

// elementOf is the line along one element of a parameter.
func elementOf(param string) func(e Evaluator, at int) line {
	return func(e Evaluator, at int) line {
		x := &e.Param(param)[at]
		return func(t float64) (float64, error) {
			v := *x
			defer func() { *x = v }()
			*x = v + t
			return e.Loss()
		}
	}
}

// direction is the line along one random unit vector, and the symbolic derivative along it.
func direction(param string, got []float64, rng *rand.Rand) (along func(e Evaluator, _ int) line, symbolic float64) {
	u := make([]float64, len(got))
	norm := 0.0
	for i := range u {
		u[i] = rng.NormFloat64()
		norm += u[i] * u[i]
	}
	for i := range u {
		u[i] /= math.Sqrt(norm)
		symbolic += u[i] * got[i]
	}
	return func(e Evaluator, _ int) line {
		x := e.Param(param)
		return func(t float64) (float64, error) {
			old := slices.Clone(x)
			defer copy(x, old)
			for i := range x {
				x[i] += t * u[i]
			}
			return e.Loss()
		}
	}, symbolic
}

// central is the slope of a line by a central difference.
func central(f line, h float64) (float64, error) {
	above, err := f(h)
	if err != nil {
		return 0, err
	}
	below, err := f(-h)
	return (above - below) / (2 * h), err
}

// row sums pairs up: what cannot be proven is left out, and of the others the largest differences are found.
func (c CheckConfig) row(p NamedShape, against string, pairs []pair) Row {
	row := Row{Param: p.Name, Against: against, LeftOut: [][]int{}, OK: true}
	worst, largest := math.Inf(-1), 0.0
	for _, x := range pairs {
		if x.verdict == unproven {
			row.LeftOut = append(row.LeftOut, Coordinates(x.at, p.Shape))
			continue
		}
		row.Checked++
		if x.closer && x.verdict == proven {
			row.Closer++
		}
		diff, size := math.Abs(x.got-x.want), math.Abs(x.want)
		largest = max(largest, size)
		fails := x.verdict == wrong
		if fails && row.OK {
			row.OK, worst = false, math.Inf(-1) // what fails is shown before any larger difference within its bound
		}
		if fails != row.OK && (diff > worst || math.IsNaN(diff) && !math.IsNaN(worst)) {
			worst = diff
			row.At, row.Got, row.Want = Coordinates(x.at, p.Shape), x.got, x.want
		}
		row.MaxAbs = max(row.MaxAbs, diff)
		if size > c.ATol {
			row.MaxRel = max(row.MaxRel, diff/size)
		}
	}
	row.TooMany = row.OK && float64(len(row.LeftOut)) > mostLeftOut*float64(len(pairs))
	row.TooSmall = row.MaxAbs > 0 && visible*largest < c.ATol
	row.OK = row.OK && !row.TooMany
	return row
}

const (
	mostLeftOut = 0.05 // of a row's elements; where more cannot be proven, the row is not
	visible     = 0.01 // an error of so much in the largest element must exceed the bound
)

// Coordinates are those of element i of a tensor, counted row by row.
func Coordinates(i int, shape []int) []int {
	at := make([]int, len(shape))
	for d := len(shape) - 1; d >= 0; d-- {
		at[d] = i % shape[d]
		i /= shape[d]
	}
	return at
}

// largestOf is the largest absolute value in a gradient.
func largestOf(grads map[string][]float64) float64 {
	largest := 0.0
	for _, g := range grads {
		for _, v := range g {
			largest = max(largest, math.Abs(v))
		}
	}
	return largest
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
	err := share(es, len(at), func(e Evaluator) func(i int) error {
		x := e.Param(param)
		return func(i int) (err error) {
			if x == nil {
				return fmt.Errorf("the evaluator has no parameter %s", param)
			}
			out[i], err = difference(e.Loss, &x[at[i]], h)
			return err
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// share does n things, shared out among the evaluators, which have a goroutine each.
func share(es []Evaluator, n int, with func(e Evaluator) func(i int) error) error {
	errs := make([]error, len(es))
	var wg sync.WaitGroup
	for w, e := range es {
		wg.Go(func() {
			do := with(e)
			for i := n * w / len(es); i < n*(w+1)/len(es) && errs[w] == nil; i++ {
				errs[w] = do(i)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
