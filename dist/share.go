package dist

import "unsafe"

// Sharer is a Group whose processes can share memory.
type Sharer interface {
	// Share makes zeroed memory that all processes of the group read and write, n bytes of each. It is nil, for all of them, where that
	// cannot be: they are not on one machine, or what the system sets aside for it is too small. All of them call it.
	Share(n int) (*Shared, error)
}

// Shared is memory that processes share.
type Shared struct {
	Of   [][]byte // the bytes of each process, by rank
	Free func()   // gives the memory back to the group; all processes call it
}

// ShareOf shares memory of each process where g can, else it is nil.
func ShareOf(g Group, bytes int) (*Shared, error) {
	if sharer, ok := g.(Sharer); ok {
		return sharer.Share(bytes)
	}
	return nil, nil
}

// Slice is n numbers of a process's shared memory, from a byte on.
func Slice[T Float](of []byte, from, n int) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(of[from:]))), n)
}

// find is where x is in the memory of this process.
func (m *Shared) find(rank int, x any) (at int, found bool) {
	if m == nil {
		return 0, false
	}
	var first unsafe.Pointer
	switch x := x.(type) {
	case []float32:
		first = unsafe.Pointer(unsafe.SliceData(x))
	case []float64:
		first = unsafe.Pointer(unsafe.SliceData(x))
	}
	from := uintptr(unsafe.Pointer(unsafe.SliceData(m.Of[rank])))
	at = int(uintptr(first) - from)
	return at, uintptr(first) >= from && at+bytesOf(x) <= len(m.Of[rank])
}

// Sums are sums over the processes that are made together.
type Sums struct {
	Ops    []Operation // of each slice
	shared *Shared     // nil where messages go
}

// NewSums makes the operations that add each of xs up over the processes in place, []float32 or []float64 each: through memory that the
// processes share where they can, else by messages. inOrder asks for the order of NewTree; else the bits can depend on the number of
// processes. What is in shared memory already, at the same place of each process, saves copies; that is nil where there is none. Close
// gives back what else is needed. All processes make the same sums.
func NewSums(g Group, inOrder bool, in *Shared, xs ...any) (*Sums, error) {
	if size := g.Size(); inOrder && size&(size-1) != 0 {
		return nil, errTree(size)
	}
	for _, x := range xs {
		if err := CheckNumbers(x); err != nil {
			return nil, err
		}
	}
	s := &Sums{}
	if len(xs) == 0 {
		return s, nil
	}
	var err error
	l := lay(in, g.Rank(), xs)
	if s.shared, err = ShareOf(g, l.bytes); err != nil {
		return nil, err
	}
	if s.shared != nil {
		s.Ops = l.sums(g, s.shared, in)
		return s, nil
	}
	for _, x := range xs {
		op, err := byMessages(g, inOrder, x)
		if err != nil {
			return nil, err
		}
		s.Ops = append(s.Ops, op)
	}
	return s, nil
}

func byMessages(g Group, inOrder bool, x any) (Operation, error) {
	if inOrder {
		return NewTree(g, x)
	}
	return NewSum(g, x)
}

// Shared reports whether they are added up in memory that the processes share.
func (s *Sums) Shared() bool { return s.shared != nil }

// Close gives the memory of sums back, which must be done. All processes do.
func (s *Sums) Close() {
	if s.shared != nil {
		s.shared.Free()
		s.shared = nil
	}
}

// line is the size of what a core takes from another at once: what two processes write is that far apart.
const line = 64

// few is the length up to which each process adds up all of the numbers by itself.
const few = 2048

// copies is how often a sum's numbers are there. Where each process reads all, what it reads must outlast its sum: the next goes to the
// other copy, and when all are there nobody reads the first any more.
func copies(n int) int {
	if n <= few {
		return 2
	}
	return 1
}

// layout is where the sums of some slices are in the shared memory: for each a line for the stage that it is at, and its numbers.
type layout struct {
	bytes int
	of    []laid
}

type laid struct {
	x       any
	stage   int
	numbers [2]int // of runs in turn
	there   bool   // they are in shared memory already, and that is where
}

func lay(in *Shared, rank int, xs []any) (l layout) {
	for _, x := range xs {
		of := laid{x: x, stage: l.bytes}
		l.bytes += line
		at, found := in.find(rank, x)
		if of.there = found && length(x) > few; of.there {
			of.numbers = [2]int{at, at}
		} else {
			size := inLines(bytesOf(x))
			of.numbers = [2]int{l.bytes, l.bytes + (copies(length(x))-1)*size}
			l.bytes += copies(length(x)) * size
		}
		l.of = append(l.of, of)
	}
	return l
}

// sums are those in the memory m, and in that where numbers are already.
func (l *layout) sums(g Group, m, in *Shared) (ops []Operation) {
	for _, of := range l.of {
		var at []*progress
		for _, bytes := range m.Of {
			at = append(at, (*progress)(unsafe.Pointer(&bytes[of.stage])))
		}
		numbers := m
		if of.there {
			numbers = in
		}
		switch x := of.x.(type) {
		case []float32:
			ops = append(ops, newMemorySum(g, at, numbers, of.numbers, x))
		case []float64:
			ops = append(ops, newMemorySum(g, at, numbers, of.numbers, x))
		}
	}
	return ops
}

func inLines(bytes int) int { return (bytes + line - 1) / line * line }

func length(x any) int {
	if x, ok := x.([]float32); ok {
		return len(x)
	}
	return len(x.([]float64))
}

func bytesOf(x any) int {
	if x, ok := x.([]float32); ok {
		return 4 * len(x)
	}
	return 8 * length(x)
}
