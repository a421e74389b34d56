package native

import "sync"

// workspace is the memory of one running matrix product.
type workspace[T float] struct{ b []T }

// panel gives room for n elements of packed B.
func (w *workspace[T]) panel(n int) []T {
	if len(w.b) < n {
		w.b = make([]T, n)
	}
	return w.b[:n]
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
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free = append(l.free, w)
}
