package models

import (
	"errors"
	"fmt"
	"math"

	"github.com/stheno/stheno/graph"

	"gorgonia.org/gorgonia"
)

// Optimizer writes the update of one parameter as graph nodes, so that it is part of the compiled step. p and dp have
// the same shape, lr is a scalar that may change between steps. state makes a tensor of p's shape that lives on
// between steps, starting at a constant.
type Optimizer interface {
	Update(p, dp, lr *gorgonia.Node, state State) ([]graph.Update, error)
}

// State is how an optimizer remembers: Like is a tensor of the parameter's shape, Scalar one number.
type State struct {
	Like   func(name string, init float64) *gorgonia.Node
	Scalar func(name string, init float64) *gorgonia.Node
}

// SGD is stochastic gradient descent: p ← p − lr·dp (book, 6.1.2).
type SGD struct{}

// Momentum is v ← μ·v − lr·dp, p ← p + v (book, 6.1.4). A Mu of 0 is the book's 0.9.
type Momentum struct{ Mu float64 }

// Nesterov looks ahead: v ← μ·v − lr·dp, p ← p + μ·v − lr·dp. A Mu of 0 is 0.9.
//
// Source: Bengio et al., Advances in Optimizing Recurrent Networks, 2012, section 3.5.
type Nesterov struct{ Mu float64 }

// AdaGrad is h ← h + dp², p ← p − lr·dp / (√h + ε), ε = 1e-7 (book, 6.1.5).
type AdaGrad struct{}

// RMSProp is h ← ρ·h + (1 − ρ)·dp², p ← p − lr·dp / (√h + ε), ε = 1e-7 (book, 6.1.5). A Rho of 0 is the 0.99 of
// the book's code.
type RMSProp struct{ Rho float64 }

// Adam is m ← β1·m + (1 − β1)·dp, v ← β2·v + (1 − β2)·dp², both divided by 1 − βᵗ, p ← p − lr·m / (√v + ε), ε = 1e-8.
// A Beta1 of 0 is 0.9, a Beta2 of 0 is 0.999, as the source has them.
//
// Source: Kingma and Ba, Adam, 2015, algorithm 1.
type Adam struct{ Beta1, Beta2 float64 }

// AdamW is Adam with a decay of its own, which is no part of the gradient: p ← p − lr·Decay·p before Adam's step. It shrinks every
// parameter, biases too, as PyTorch's does. A Decay of 0 is 0.01.
//
// Source: Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019, algorithm 2.
type AdamW struct{ Beta1, Beta2, Decay float64 }

// Update is one step of SGD.
func (SGD) Update(p, dp, lr *gorgonia.Node, state State) ([]graph.Update, error) {
	e := newExpr(state, p, dp, lr)
	return e.updates(p, e.sub(p, e.mul(dp, lr)))
}

// Update is one step with momentum.
func (o Momentum) Update(p, dp, lr *gorgonia.Node, state State) ([]graph.Update, error) {
	e := newExpr(state, p, dp, lr)
	mu := e.num(p, e.decay("Momentum.Mu", o.Mu, 0.9))
	v := e.like("v", 0)
	next := e.sub(e.mul(v, mu), e.mul(dp, lr))
	return e.updates(v, next, p, e.add(p, next))
}

// Update is one step with Nesterov's momentum.
func (o Nesterov) Update(p, dp, lr *gorgonia.Node, state State) ([]graph.Update, error) {
	e := newExpr(state, p, dp, lr)
	mu := e.num(p, e.decay("Nesterov.Mu", o.Mu, 0.9))
	v := e.like("v", 0)
	step := e.mul(dp, lr)
	next := e.sub(e.mul(v, mu), step)
	return e.updates(v, next, p, e.sub(e.add(p, e.mul(next, mu)), step))
}

// Update is one step of AdaGrad.
func (AdaGrad) Update(p, dp, lr *gorgonia.Node, state State) ([]graph.Update, error) {
	e := newExpr(state, p, dp, lr)
	h := e.like("h", 0)
	next := e.add(h, e.mul(dp, dp))
	return e.updates(h, next, p, e.sub(p, e.scaled(dp, lr, next, 1e-7)))
}

// Update is one step of RMSProp.
func (o RMSProp) Update(p, dp, lr *gorgonia.Node, state State) ([]graph.Update, error) {
	e := newExpr(state, p, dp, lr)
	h := e.like("h", 0)
	next := e.mix(h, e.mul(dp, dp), e.decay("RMSProp.Rho", o.Rho, 0.99))
	return e.updates(h, next, p, e.sub(p, e.scaled(dp, lr, next, 1e-7)))
}

// Update is one step of Adam.
func (o Adam) Update(p, dp, lr *gorgonia.Node, state State) ([]graph.Update, error) {
	e := newExpr(state, p, dp, lr)
	return e.adam("Adam", o, p, p, dp, lr)
}

// Update is one step of AdamW.
func (o AdamW) Update(p, dp, lr *gorgonia.Node, state State) ([]graph.Update, error) {
	e := newExpr(state, p, dp, lr)
	decay := or(o.Decay, 0.01)
	if e.err == nil && !(decay >= 0 && decay <= math.MaxFloat64) {
		e.err = fmt.Errorf("AdamW.Decay is %v: want a number of at least 0", decay)
	}
	shrunk := e.sub(p, e.mul(p, e.mul(lr, e.num(p, decay))))
	return e.adam("AdamW", Adam{o.Beta1, o.Beta2}, p, shrunk, dp, lr)
}

// adam is Adam's step of p, which starts from what a decay has left of it.
func (e *expr) adam(name string, o Adam, p, from, dp, lr *gorgonia.Node) ([]graph.Update, error) {
	beta1, beta2 := e.decay(name+".Beta1", o.Beta1, 0.9), e.decay(name+".Beta2", o.Beta2, 0.999)
	m, v := e.like("m", 0), e.like("v", 0)
	t1, t2 := e.scalar("beta1^t", 1), e.scalar("beta2^t", 1)
	nextM, nextV := e.mix(m, dp, beta1), e.mix(v, e.mul(dp, dp), beta2)
	next1, next2 := e.mul(t1, e.num(p, beta1)), e.mul(t2, e.num(p, beta2))
	mHat := e.div(nextM, e.sub(e.num(p, 1), next1))
	vHat := e.div(nextV, e.sub(e.num(p, 1), next2))
	return e.updates(m, nextM, v, nextV, t1, next1, t2, next2, p, e.sub(from, e.scaled(mHat, lr, vHat, 1e-8)))
}

// expr writes formulas: it keeps the first error, so that they read as formulas.
type expr struct {
	state State
	err   error
}

// newExpr begins the formulas of an update.
func newExpr(state State, given ...*gorgonia.Node) *expr {
	return &expr{state, checkNodes("update", given...)}
}

var errNoState = errors.New("update: the optimizer needs a State to remember by")

func (e *expr) like(name string, init float64) *gorgonia.Node {
	return e.keep(e.state.Like, name, init)
}

func (e *expr) scalar(name string, init float64) *gorgonia.Node {
	return e.keep(e.state.Scalar, name, init)
}

func (e *expr) keep(make func(string, float64) *gorgonia.Node, name string, init float64) *gorgonia.Node {
	if e.err == nil && make == nil {
		e.err = errNoState
	}
	if e.err != nil {
		return nil
	}
	return make(name, init)
}

// decay is a factor that numbers shrink by, or its usual value where it was left at 0: from 0 to below 1.
func (e *expr) decay(field string, v, usual float64) float64 {
	if v = or(v, usual); e.err == nil && !(v >= 0 && v < 1) {
		e.err = fmt.Errorf("%s is %v: want a number from 0 to below 1", field, v)
	}
	return v
}

func (e *expr) apply(f func(a, b *gorgonia.Node) (*gorgonia.Node, error), a, b *gorgonia.Node) *gorgonia.Node {
	if e.err != nil {
		return nil
	}
	n, err := f(a, b)
	e.err = err
	return n
}

func (e *expr) add(a, b *gorgonia.Node) *gorgonia.Node { return e.apply(gorgonia.Add, a, b) }
func (e *expr) sub(a, b *gorgonia.Node) *gorgonia.Node { return e.apply(gorgonia.Sub, a, b) }
func (e *expr) mul(a, b *gorgonia.Node) *gorgonia.Node { return e.apply(gorgonia.HadamardProd, a, b) }
func (e *expr) div(a, b *gorgonia.Node) *gorgonia.Node { return e.apply(gorgonia.HadamardDiv, a, b) }

// of is apply for a function of one node.
func (e *expr) of(f func(a *gorgonia.Node) (*gorgonia.Node, error), a *gorgonia.Node) *gorgonia.Node {
	return e.apply(func(a, _ *gorgonia.Node) (*gorgonia.Node, error) { return f(a) }, a, nil)
}

func (e *expr) sqrt(a *gorgonia.Node) *gorgonia.Node    { return e.of(gorgonia.Sqrt, a) }
func (e *expr) rectify(a *gorgonia.Node) *gorgonia.Node { return e.of(gorgonia.Rectify, a) }

func (e *expr) sum(a *gorgonia.Node) *gorgonia.Node {
	return e.of(func(a *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Sum(a) }, a)
}

// num is a constant of p's type.
func (e *expr) num(p *gorgonia.Node, v float64) *gorgonia.Node {
	if e.err != nil {
		return nil
	}
	return scalar(p, v, "")
}

// mix is r·old + (1 − r)·new.
func (e *expr) mix(old, new *gorgonia.Node, r float64) *gorgonia.Node {
	return e.add(e.mul(old, e.num(old, r)), e.mul(new, e.num(old, 1-r)))
}

// scaled is lr·d / (√h + ε).
func (e *expr) scaled(d, lr, h *gorgonia.Node, eps float64) *gorgonia.Node {
	return e.div(e.mul(d, lr), e.add(e.sqrt(h), e.num(h, eps)))
}

// updates pairs parameters with their new values.
func (e *expr) updates(pairs ...*gorgonia.Node) ([]graph.Update, error) {
	if e.err != nil {
		return nil, e.err
	}
	var out []graph.Update
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, graph.Update{Param: pairs[i], Value: pairs[i+1]})
	}
	return out, nil
}
