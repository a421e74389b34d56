package disttest

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/stheno/stheno/dist"
)

// Check is what every group must pass, seen from one of its processes: all of them call it.
func Check(g dist.Group) error {
	for _, check := range []struct {
		name string
		of   func(g dist.Group) error
	}{
		{"numbers", numbers}, {"wrong arguments", wrong}, {"broadcast", broadcast}, {"broadcast here", broadcastHere},
		{"sum of float32", sums[float32]}, {"sum of float64", sums[float64]},
		{"tree of float32", trees[float32]}, {"tree of float64", trees[float64]},
		{"several at once", several}, {"sums together", together}, {"a late process", late},
	} {
		if err := check.of(g); err != nil {
			return fmt.Errorf("process %d of %d, %s: %w", g.Rank(), g.Size(), check.name, err)
		}
		if err := g.Barrier(); err != nil {
			return fmt.Errorf("process %d of %d, barrier after %s: %w", g.Rank(), g.Size(), check.name, err)
		}
	}
	return nil
}

func numbers(g dist.Group) error {
	here, of := g.Machine()
	switch {
	case g.Rank() < 0 || g.Rank() >= g.Size():
		return fmt.Errorf("rank %d", g.Rank())
	case here < 0 || here >= of || of > g.Size():
		return fmt.Errorf("process %d of %d of this machine", here, of)
	case g.String() == "":
		return fmt.Errorf("it does not say what connects it")
	case len(g.Lost()) > 0:
		return fmt.Errorf("processes %v are said to be lost", g.Lost())
	}
	present := make([]float64, g.Size())
	present[g.Rank()] = 1
	if err := sum(g, present); err != nil {
		return err
	}
	for rank, n := range present {
		if n != 1 {
			return fmt.Errorf("%v processes have the number %d", n, rank)
		}
	}
	return nil
}

func wrong(g dist.Group) error {
	if _, err := g.Sum([]int{1}); err == nil {
		return fmt.Errorf("a sum of whole numbers is no error")
	}
	for _, peer := range []int{-1, g.Rank(), g.Size()} {
		if _, err := g.Exchange(peer, []float32{1}, []float32{1}); err == nil {
			return fmt.Errorf("an exchange with process %d is no error", peer)
		}
	}
	if g.Size() > 1 {
		if _, err := g.Exchange((g.Rank()+1)%g.Size(), []float32{1}, []float64{1}); err == nil {
			return fmt.Errorf("an exchange of two types is no error")
		}
	}
	if err := g.Broadcast(nil, g.Size()); err == nil {
		return fmt.Errorf("a broadcast from process %d is no error", g.Size())
	}
	if _, of := g.Machine(); g.BroadcastHere(nil, of) == nil {
		return fmt.Errorf("a broadcast from process %d of this machine is no error", of)
	}
	return nil
}

func broadcast(g dist.Group) error {
	for from := range g.Size() {
		for _, n := range []int{0, 1, 100000} {
			x := make([]byte, n)
			for i := range x {
				x[i] = byte(i*7 + g.Rank())
			}
			if err := g.Broadcast(x, from); err != nil {
				return err
			}
			for i := range x {
				if x[i] != byte(i*7+from) {
					return fmt.Errorf("byte %d of %d from process %d is that of another", i, n, from)
				}
			}
		}
	}
	return nil
}

// broadcastHere has each process of a machine tell the others its rank: all get the same, from who has that number there.
func broadcastHere(g dist.Group) error {
	here, of := g.Machine()
	first := make([]float64, g.Size()) // of each process, the rank of its machine's first one
	place := make([]float64, g.Size()) // and its number there
	var ranks []int
	for from := range of {
		for _, n := range []int{0, 4, 100000} {
			x := make([]byte, n)
			for i := range x {
				x[i] = byte(g.Rank() >> (i % 4 * 8))
			}
			if err := g.BroadcastHere(x, from); err != nil {
				return err
			}
			if n == 4 {
				ranks = append(ranks, int(binary.LittleEndian.Uint32(x)))
			}
			for i := 4; i < n; i++ {
				if x[i] != byte(ranks[from]>>(i%4*8)) {
					return fmt.Errorf("byte %d of %d from process %d is that of another", i, n, from)
				}
			}
		}
	}
	first[g.Rank()], place[g.Rank()] = float64(ranks[0]), float64(here)
	for _, x := range [][]float64{first, place} {
		if err := sum(g, x); err != nil {
			return err
		}
	}
	for from, rank := range ranks {
		if rank >= g.Size() || first[rank] != first[g.Rank()] || place[rank] != float64(from) {
			return fmt.Errorf("what process %d of this machine tells is from process %d, of another place", from, rank)
		}
	}
	return nil
}

type float interface{ float32 | float64 }

// part is what a process adds to the sum of a round; all processes can tell.
func part[T float](rank, round, n int) []T {
	r, x := rand.New(rand.NewPCG(uint64(rank), uint64(round))), make([]T, n)
	for i := range x {
		x[i] = T(r.NormFloat64() * math.Exp(4*r.NormFloat64()))
	}
	return x
}

// lengths cross the borders of a tree: halves that are empty, uneven, and whole levels that go in one piece.
var lengths = []int{0, 1, 2, 3, 7, 100, 2047, 2048, 2049, 5001, 70001}

func sums[T float](g dist.Group) error {
	for _, n := range lengths {
		x := make([]T, n)
		op, err := g.Sum(x)
		if err != nil {
			return err
		}
		for round := range 3 {
			copy(x, part[T](g.Rank(), round, n))
			if err := dist.Do(op); err != nil {
				return err
			}
			if err := near(x, g.Size(), round); err != nil {
				return fmt.Errorf("round %d: %w", round, err)
			}
		}
	}
	return nil
}

// near holds a sum of the parts of all processes to that in float64.
func near[T float](x []T, processes, round int) error {
	exact, size := make([]float64, len(x)), make([]float64, len(x))
	for rank := range processes {
		for i, v := range part[T](rank, round, len(x)) {
			exact[i] += float64(v)
			size[i] += math.Abs(float64(v))
		}
	}
	for i, v := range x {
		if !(math.Abs(float64(v)-exact[i]) <= 1e-6*size[i]) {
			return fmt.Errorf("element %d of %d is %v, want %v", i, len(x), v, exact[i])
		}
	}
	return nil
}

// inOrder is the sum of the parts of some processes as dist.NewTree says it.
func inOrder[T float](from, to, round, n int) []T {
	if to-from == 1 {
		return part[T](from, round, n)
	}
	x, y := inOrder[T](from, (from+to)/2, round, n), inOrder[T]((from+to)/2, to, round, n)
	for i := range x {
		x[i] += y[i]
	}
	return x
}

func trees[T float](g dist.Group) error {
	if size := g.Size(); size&(size-1) != 0 {
		if _, err := dist.NewTree(g, []T{1}); err == nil {
			return fmt.Errorf("a tree of %d processes is no error", size)
		}
		return nil
	}
	for _, n := range lengths {
		x := make([]T, n)
		op, err := dist.NewTree(g, x)
		if err != nil {
			return err
		}
		for round := range 3 {
			copy(x, part[T](g.Rank(), round, n))
			if err := dist.Do(op); err != nil {
				return err
			}
			if err := same(x, inOrder[T](0, g.Size(), round, n)); err != nil {
				return fmt.Errorf("round %d: %w", round, err)
			}
		}
	}
	return nil
}

func same[T float](got, want []T) error {
	for i, v := range got {
		if v != want[i] {
			return fmt.Errorf("element %d of %d is %v, want %v to the last bit", i, len(got), v, want[i])
		}
	}
	return nil
}

// several trees are under way at once, and each process looks at them in an order of its own.
func several(g dist.Group) error {
	if size := g.Size(); size&(size-1) != 0 {
		return nil
	}
	var ops []dist.Operation
	var xs [][]float32
	for i := range 6 {
		x := part[float32](g.Rank(), i, 3000*(i%3)+5)
		op, err := dist.NewTree(g, x)
		if err != nil {
			return err
		}
		ops, xs = append(ops, op), append(xs, x)
	}
	for _, op := range ops {
		if err := op.Start(); err != nil {
			return err
		}
	}
	order := rand.New(rand.NewPCG(1, uint64(g.Rank()))).Perm(len(ops))
	for left := len(ops); left > 0; {
		left = 0
		for _, i := range order {
			done, err := ops[i].Done()
			if err != nil {
				return err
			}
			if !done {
				left++
			}
		}
	}
	for i, x := range xs {
		if err := same(x, inOrder[float32](0, g.Size(), i, len(x))); err != nil {
			return fmt.Errorf("sum %d: %w", i, err)
		}
	}
	return nil
}

// late has the last process come when the others have stopped asking at once.
func late(g dist.Group) error {
	if g.Rank() == g.Size()-1 {
		time.Sleep(30 * time.Millisecond)
	}
	x := []float64{1}
	if err := sum(g, x); err != nil {
		return err
	}
	return same(x, []float64{float64(g.Size())})
}

func sum(g dist.Group, x []float64) error {
	op, err := g.Sum(x)
	if err != nil {
		return err
	}
	return dist.Do(op)
}
