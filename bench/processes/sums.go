package main

import (
	"time"

	"github.com/stheno/stheno/bench/peak"
	"github.com/stheno/stheno/bench/report"
	"github.com/stheno/stheno/dist"
)

// summed is the time of one sum over the processes, of so many numbers of float32.
type summed struct {
	Numbers   int
	Tree, Sum float64 // µs: by dist.NewTree, and by the library's own
	CPU       float64 // µs of a core that the tree costs each process
}

// sizes are the lengths that are summed up: up to the largest gradient of a layer that is measured.
var sizes = []int{1, 64, 1024, 1 << 14, 1 << 16, 1 << 18, 1 << 20}

// sums times sums of several sizes, for a time each.
func sums(g dist.Group, during time.Duration) (list []summed, err error) {
	for _, n := range sizes {
		x := make([]float32, n)
		tree, err := dist.NewTree(g, x)
		if err != nil {
			return nil, err
		}
		own, err := g.Sum(x)
		if err != nil {
			return nil, err
		}
		s := summed{Numbers: n}
		if s.Tree, s.CPU, err = often(g, tree, during); err != nil {
			return nil, err
		}
		if s.Sum, _, err = often(g, own, during); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// often does an operation again and again, and gives the median of the times that it took, and the mean that it cost this process, in µs.
func often(g dist.Group, op dist.Operation, during time.Duration) (took, cpu float64, err error) {
	const few = 10
	var times []float64
	round := func(count int) error {
		for range count {
			at := time.Now()
			if err := dist.Do(op); err != nil {
				return err
			}
			times = append(times, time.Since(at).Seconds()*1e6)
		}
		return nil
	}
	if err := round(few); err != nil {
		return 0, 0, err
	}
	count, err := same(g, during.Seconds()*1e6/report.Median(times))
	if err != nil {
		return 0, 0, err
	}
	times = times[:0]
	at := peak.CPUTime()
	err = round(count)
	return report.Median(times), (peak.CPUTime() - at).Seconds() * 1e6 / float64(count), err
}

// same is a number that all processes have: the mean of theirs, 4 at least.
func same(g dist.Group, v float64) (int, error) {
	x := []float64{v}
	op, err := g.Sum(x)
	if err != nil {
		return 0, err
	}
	err = dist.Do(op)
	return max(int(x[0])/g.Size(), 4), err
}

// sums is the job: each size has its share of the time.
func (j *job) sums(g dist.Group) (*reply, error) {
	list, err := sums(g, time.Duration(j.Seconds*float64(time.Second))/time.Duration(2*len(sizes)))
	return &reply{Summed: list}, err
}
