package native

import "sync"

// workspace is the memory of one running matrix product: its packed operands, and a
// tile of the result; or the runs of a sum, and where a row is not zero.
type workspace[T float] struct {
	a, b, c  []T
	runs     []int
	at, ends []int32
	sum      tileSum[T]
}

// sumOf is for tiles of a kernel.
func (w *workspace[T]) sumOf(kern *gemmKernel[T]) *tileSum[T] {
	w.sum.kern = kern
	return &w.sum
}

// grow gives room for n elements.
func grow[T any](buf *[]T, n int) []T {
	if len(*buf) < n {
		*buf = make([]T, n)
	}
	return (*buf)[:n]
}

// freeList keeps the workspaces of finished products. Unlike sync.Pool it survives garbage collection; it never holds
// more workspaces than products have run at once.
type freeList[T float] struct {
	mu   sync.Mutex
	free []*workspace[T]
}

var (
	sfree freeList[float32]
	dfree freeList[float64]
)

func (l *freeList[T]) get() *workspace[T] {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.free); n > 0 {
		w := l.free[n-1]
		l.free = l.free[:n-1]
		return w
	}
	return new(workspace[T])
}

func (l *freeList[T]) put(w *workspace[T]) {
	w.sum = tileSum[T]{} // keeps nobody's numbers
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free = append(l.free, w)
}
