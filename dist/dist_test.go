package dist_test

import (
	"errors"
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
