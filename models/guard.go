package models

import (
	"fmt"

	"gorgonia.org/gorgonia"
)

// mostElements is how many numbers a tensor may have: more are a mistake.
const mostElements = 1 << 30

// newNode makes a node from others. A nil node is an error, and so is a panic of Gorgonia.
func newNode(what string, f func() (*gorgonia.Node, error), from ...*gorgonia.Node) (n *gorgonia.Node, err error) {
	if err := checkNodes(what, from...); err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			n, err = nil, fmt.Errorf("%s: %v", what, r)
		}
	}()
	return f()
}

// of is newNode for a function of one node.
func of(what string, f func(x *gorgonia.Node) (*gorgonia.Node, error), x *gorgonia.Node) (*gorgonia.Node, error) {
	return newNode(what, func() (*gorgonia.Node, error) { return f(x) }, x)
}

func checkNodes(what string, from ...*gorgonia.Node) error {
	for _, n := range from {
		if n == nil {
			return fmt.Errorf("%s of no node", what)
		}
	}
	return nil
}

// checkClasses wants scores of two classes or more on the last axis.
func checkClasses(what string, x *gorgonia.Node) error {
	if s := x.Shape(); len(s) == 0 || s[len(s)-1] < 2 {
		return fmt.Errorf("%s of the shape %v: softmax over one unit is always 1: give the last layer a unit for each class", what, s)
	}
	return nil
}

// checkPair wants what a net gives and its targets to be matrices of one shape.
func checkPair(what string, y, t *gorgonia.Node) error {
	if err := checkNodes(what, y, t); err != nil {
		return err
	}
	if len(y.Shape()) != 2 || !y.Shape().Eq(t.Shape()) {
		return fmt.Errorf("%s of the shapes %v and %v: want two of (batch, classes)", what, y.Shape(), t.Shape())
	}
	return nil
}
