package native

// Blocking says how products are cut into blocks, and which operands are copied before use. It follows Goto and van de
// Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM TOMS 34(3), 2008: a block of A, MC x KC, stays in the
// second-level cache while a block of B, KC x NC, passes by.
type Blocking struct {
	MC, NC, KC int // rows of A, columns of B, steps of the sum
	Cache      int // an operand of more bytes is packed ...
	Tiles      int // ... if so many tiles read it
	Rows       int // ... or, where the rows of B lie across lines of the cache and are twice as many bytes, if so many rows of A meet it
	Tile       int // bytes of B, or of C, that stay in the first-level cache while the elements of a Sparse pass by
}

// usual was found by measurement: long blocks of k read and write C less often, and MC is a multiple of the kernels'
// rows.
var usual = Blocking{MC: 70, NC: 512, KC: 1024, Cache: 1 << 20, Tiles: 8, Rows: 32, Tile: 32 << 10}

// SetBlocking cuts all later products so, until the next Select. MC, NC and KC are at least 1. Another KC adds up in
// another order, which changes bits. It is for tests, which cross the borders of small blocks with small matrices. What is
// Packed already keeps its blocks.
func SetBlocking(b Blocking) {
	s := *active.Load()
	s.s.gemm.blocking, s.d.gemm.blocking = b.panels(s.s.gemm.nr), b.panels(s.d.gemm.nr)
	active.Store(&s)
}

// panels has blocks of whole panels of B.
func (b Blocking) panels(nr int) Blocking {
	b.NC = padded(b.NC, nr)
	return b
}
