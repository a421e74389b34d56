package native

import "unsafe"

// tileSum is a tile of a product whose sum is cut into runs:
//
//	for i := range rows {
//		for j := range cols {
//			acc, a, b := 0, a, b
//			for run := range runs by 3 {
//				a, b = a[run[0]:], b[run[1]:]
//				for range run[2] { // at least one
//					acc = fma(a[i*rsA], b[j], acc)
//					a, b = a[csA:], b[ldb:]
//				}
//			}
//			c[i*ldc+j] = acc
//			if onto != 0 {
//				c[i*ldc+j] = acc + what was there
//			}
//		}
//	}
//
// The kernels find its first fields where gen/tile.go says. It lies in a workspace, not on a stack: a kernel that a table gives could keep
// it, for all that the compiler knows. To hand each kernel all fields as arguments costs a twelfth of the time of short sums.
type tileSum[T float] struct {
	rows, cols int
	runs       []int
	a          []T
	rsA, csA   int
	b          []T
	ldb        int
	c          []T
	ldc        int
	next       *byte // what the kernel asks for, or where it copies to
	pace       int   // bytes
	onto       int

	kern *gemmKernel[T]
	ask  ahead[T]
}

// set sets what some tiles have in common: the columns, the runs, A's strides, B and C's stride, and whether they are added to what is there.
func (s *tileSum[T]) set(cols int, runs []int, rsA, csA int, b []T, ldb, ldc int, onto bool) {
	s.cols, s.runs, s.rsA, s.csA, s.b, s.ldb, s.ldc, s.onto = cols, runs, rsA, csA, b, ldb, ldc, 0
	if onto {
		s.onto = 1
	}
}

// tile computes so many rows, of which a and c are where they begin. Meanwhile it asks for some of what comes. There may be no runs: the sum
// is then zero.
func (s *tileSum[T]) tile(rows int, a, c []T) {
	if len(s.runs) > 0 && s.kern.runs != nil {
		s.rows, s.a, s.c = rows, a, c
		s.next, s.pace = (*byte)(unsafe.Pointer(unsafe.SliceData(c))), 0 // is near anyway
		if s.ask.any {
			s.next, s.pace = s.ask.take()
		}
		s.kern.runs((*byte)(unsafe.Pointer(s)))
		return
	}
	s.runByRun(rows, a, c)
}

// runByRun is tile with the kernel of whole sums.
func (s *tileSum[T]) runByRun(rows int, a, c []T) {
	if len(s.runs) == 0 && s.onto == 0 {
		for i := range rows {
			clear(c[i*s.ldc:][:s.cols])
		}
	}
	atA, atB, beta := 0, 0, T(s.onto)
	for runs := s.runs; len(runs) > 0; runs = runs[3:] {
		atA, atB = atA+runs[0], atB+runs[1]
		s.kern.tile(rows, s.cols, runs[2], 1, a[atA:], s.rsA, s.csA, s.b[atB:], s.ldb, beta, c, s.ldc)
		atA, atB, beta = atA+runs[2]*s.csA, atB+runs[2]*s.ldb, 1
	}
}

// copied is tile for mr rows, nr columns and an rsA of 1, where there are kernels for runs. It asks for nothing, but copies nr numbers of a
// from each step on, side by side.
func (s *tileSum[T]) copied(to, a, c []T) {
	s.rows, s.a, s.c, s.next = s.kern.mr, a, c, (*byte)(unsafe.Pointer(unsafe.SliceData(to)))
	s.kern.copying((*byte)(unsafe.Pointer(s)))
}
