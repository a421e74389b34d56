package native

import "math"

// Poison fills with NaN the memory that finished products have left for the next ones, so that a test sees a product
// that reads what it has not written.
func Poison() {
	poisonFree(&sfree)
	poisonFree(&dfree)
}

func poisonFree[T float](l *freeList[T]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range l.free {
		FillNaN(w.a)
		FillNaN(w.b)
		FillNaN(w.c)
	}
}

// Poison fills the panels with NaN: they must be packed again.
func (p *Packed[T]) Poison() { FillNaN(p.data) }

// Poison fills the weights with NaN: they must be packed again.
func (c *Conv[T]) Poison() { FillNaN(c.weights) }

// Poison fills the packed elements with NaN: they must be packed again.
func (s *Sparse[T]) Poison() { FillNaN(s.vals) }

// FillNaN sets all elements to NaN.
func FillNaN[T float](x []T) {
	for i := range x {
		x[i] = T(math.NaN())
	}
}
