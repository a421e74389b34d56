package cpu

import (
	"slices"

	"github.com/stheno/stheno/blas/native"
)

// Poison fills with NaN all that a run must write before it reads it: the arena, with the outputs in it; the workers'
// memory; what is packed anew at each run; and what blas/native keeps for products.
func (x *exec[T]) Poison() {
	native.FillNaN(x.arena)
	for _, s := range slices.Concat(x.scratch, x.local) {
		native.FillNaN(s)
	}
	for _, p := range x.prepared {
		p.made.Poison()
	}
	for _, s := range x.skips {
		if !s.kept() {
			s.Poison()
		}
	}
	for _, r := range x.rows {
		if !r.kept() {
			r.lined.Poison()
		}
	}
	native.Poison()
}
