package cpu

import (
	"slices"

	"github.com/stheno/stheno/ir"
)

// watch knows whether what was made of an input in an earlier run is still true.
type watch[T float] struct {
	input *buffer[T]
	made  int  // the number of the input's write that it was made of
	fresh bool // nothing is to be made in this run
}

func newWatch[T float](input *buffer[T]) watch[T] { return watch[T]{input: input, made: -1} }

// constant tells whether a value is an input that the program does not change.
func (c *compiler[T]) constant(id ir.ID) bool {
	return c.p.At(id).Op == ir.Input && !slices.ContainsFunc(c.p.Updates, func(u ir.Update) bool { return u.Into == id })
}

// begin sees whether the input is still what it was, as it is while only other inputs change.
func (w *watch[T]) begin() {
	w.fresh = w.kept()
	w.made = w.input.writes
}

// kept tells whether what was made is of the input as it is.
func (w *watch[T]) kept() bool { return w.made == w.input.writes && !w.input.lent }
