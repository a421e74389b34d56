package disttest

import (
	"fmt"
	"math/rand/v2"

	"github.com/stheno/stheno/dist"
)

// together makes sums of several slices at once, of both types, and looks at them in an order of its own: where the number
// of processes allows it their bits are those of NewTree. It does so again in the memory that the first sums have given back.
func together(g dist.Group) error {
	ordered := g.Size()&(g.Size()-1) == 0
	if _, err := dist.NewSums(g, true, nil, []float32{1}); (err == nil) != ordered {
		return fmt.Errorf("sums in the order of a tree: error %v", err)
	}
	if _, err := dist.NewSums(g, false, nil, []int{1}); err == nil {
		return fmt.Errorf("a sum of whole numbers is no error")
	}
	for again := range 2 {
		for _, inOrder := range []bool{false, true} {
			if inOrder && !ordered {
				continue
			}
			if err := togetherOnce(g, inOrder, again); err != nil {
				return fmt.Errorf("in order %t, time %d: %w", inOrder, again, err)
			}
		}
	}
	return nil
}

func togetherOnce(g dist.Group, inOrder bool, again int) error {
	const room = 1 << 16
	in, err := dist.ShareOf(g, room)
	if err != nil {
		return err
	}
	var xs []any
	at := 0
	for _, n := range []int{0, 7, 2048, 2999} { // both ways
		xs = append(xs, make([]float32, n), make([]float64, n+1))
		if in != nil { // there already
			xs = append(xs, dist.Slice[float32](in.Of[g.Rank()], at, n))
			at += 4 * n
		}
	}
	sums, err := dist.NewSums(g, inOrder, in, xs...)
	if err != nil {
		return err
	}
	if in != nil {
		defer in.Free()
	}
	defer sums.Close()
	for round := range 3 {
		seed := again*10 + round
		for _, x := range xs {
			fill(x, g.Rank(), seed)
		}
		if err := start(sums.Ops, rand.New(rand.NewPCG(uint64(seed), uint64(g.Rank())))); err != nil {
			return err
		}
		if err := dist.Wait(sums.Ops...); err != nil {
			return err
		}
		for i, x := range xs {
			if err := holds(x, g.Size(), seed, inOrder); err != nil {
				return fmt.Errorf("round %d, sum %d: %w", round, i, err)
			}
		}
	}
	return nil
}

// start starts operations in their order, and carries some that are under way on between.
func start(ops []dist.Operation, r *rand.Rand) error {
	for i, op := range ops {
		if err := op.Start(); err != nil {
			return err
		}
		if _, err := ops[r.IntN(i+1)].Done(); err != nil {
			return err
		}
	}
	return nil
}

func fill(x any, rank, seed int) {
	switch x := x.(type) {
	case []float32:
		copy(x, part[float32](rank, seed, len(x)))
	case []float64:
		copy(x, part[float64](rank, seed, len(x)))
	}
}

func holds(x any, size, seed int, exactly bool) error {
	switch x := x.(type) {
	case []float32:
		return holdsSum(x, size, seed, exactly)
	case []float64:
		return holdsSum(x, size, seed, exactly)
	}
	return nil
}

func holdsSum[T float](x []T, size, seed int, exactly bool) error {
	if exactly {
		return same(x, inOrder[T](0, size, seed, len(x)))
	}
	return near(x, size, seed)
}
