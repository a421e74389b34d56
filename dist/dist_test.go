package dist_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stheno/stheno/dist"
	"github.com/stheno/stheno/dist/disttest"
)

func TestAlone(t *testing.T) {
	if err := disttest.Check(dist.Alone()); err != nil {
		t.Error(err)
	}
	if err := dist.Alone().Close(); err != nil {
		t.Error(err)
	}
}

func TestGroups(t *testing.T) {
	for _, size := range []int{1, 2, 3, 4, 8} {
		if err := disttest.Run(size, disttest.Check); err != nil {
			t.Errorf("%d processes: %v", size, err)
		}
	}
}

// TestMachines: groups on several machines, with as many processes or not.
func TestMachines(t *testing.T) {
	for _, machines := range [][]int{{1, 1}, {2, 2}, {3, 1}, {1, 2, 5}} {
		if err := disttest.RunOn(machines, disttest.Check); err != nil {
			t.Errorf("%v: %v", machines, err)
		}
	}
}

// TestAFailure: who waits for a process that is gone is told which.
func TestAFailure(t *testing.T) {
	gone := errors.New("out of luck")
	err := disttest.Run(4, func(g dist.Group) error {
		if g.Rank() == 2 {
			return gone
		}
		err := g.Barrier()
		var lost *dist.LostError
		if !errors.As(err, &lost) || !strings.Contains(err.Error(), "process 2 is gone") {
			t.Errorf("process %d: %v, want that process 2 is gone", g.Rank(), err)
		}
		return nil
	})
	if !errors.Is(err, gone) {
		t.Errorf("%v, want the failure", err)
	}
}

// TestTreeAllocatesNothing: a sum is made once, and costs no memory when it runs.
func TestTreeAllocatesNothing(t *testing.T) {
	op, err := dist.NewTree(dist.Alone(), make([]float32, 10))
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(10, func() {
		if err := dist.Do(op); err != nil {
			t.Error(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations a sum", n)
	}
}

// TestManyRuns: what counts the runs of a sum through memory wraps around.
func TestManyRuns(t *testing.T) {
	for _, n := range []int{10, 5000} {
		if err := disttest.Run(3, func(g dist.Group) error {
			x := make([]float32, n)
			sums, err := dist.NewSums(g, false, nil, x)
			if err != nil {
				return err
			}
			defer sums.Close()
			for _, before := range []uint32{1<<31/3 - 1, 1<<32/3 - 1, 1<<32 - 2} {
				dist.SetRun(sums.Ops[0], before)
				if err := g.Barrier(); err != nil {
					return err
				}
				for range 4 {
					for i := range x {
						x[i] = float32(g.Rank() + 1)
					}
					if err := dist.Do(sums.Ops[0]); err != nil {
						return err
					}
					if slices.ContainsFunc(x, func(v float32) bool { return v != 6 }) {
						t.Errorf("%d numbers, after %d runs: another sum", n, before)
					}
				}
				if err := g.Barrier(); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
	}
}

// TestFold: parts are added up neighbours first, again and again; with a tree behind, their bits are those of one process.
func TestFold(t *testing.T) {
	const n = 3000
	part := func(i int) []float64 {
		x, r := make([]float64, n), rand.New(rand.NewPCG(uint64(i), 7))
		for k := range x {
			x[k] = r.NormFloat64()
		}
		return x
	}
	var sum func(from, to int) []float64
	sum = func(from, to int) []float64 {
		if to-from == 1 {
			return part(from)
		}
		x := sum(from, (from+to)/2)
		for k, v := range sum((from+to)/2, to) {
			x[k] += v
		}
		return x
	}
	const parts = 8
	want := sum(0, parts)
	for _, size := range []int{1, 2, 4, 8} {
		if err := disttest.Run(size, func(g dist.Group) error {
			x := make([]float64, n)
			fold, err := dist.NewFold(x, parts/size)
			if err != nil {
				return err
			}
			tree, err := dist.NewTree(g, x)
			if err != nil {
				return err
			}
			for range 2 {
				for k := range parts / size {
					copy(x, part(g.Rank()*parts/size+k))
					fold.Add()
				}
				if err := dist.Do(tree); err != nil {
					return err
				}
				if !slices.Equal(x, want) {
					t.Errorf("process %d of %d: another sum", g.Rank(), size)
				}
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
	}
	if _, err := dist.NewFold(make([]float32, 1), 3); err == nil {
		t.Error("3 parts are no error")
	}
}
