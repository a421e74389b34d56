package main

import (
	"slices"
	"time"

	"github.com/stheno/stheno/dist"
)

// summed is the time of one sum over the processes, of so many numbers of float32, in µs.
type summed struct {
	Numbers   int
	Tree, Sum float64 // by dist.NewTree, and by the library's own
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
		if s.Tree, err = often(g, tree, during); err != nil {
			return nil, err
		}
		if s.Sum, err = often(g, own, during); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// often does an operation again and again, and gives the time that the quickest tenth took at most, in µs: what it takes when nobody else
// has the cores. The first ones warm up.
func often(g dist.Group, op dist.Operation, during time.Duration) (took float64, err error) {
	const few = 16 // from one look at the clock to the next
	over := make([]float64, 1)
	end, err := g.Sum(over)
	if err != nil {
		return 0, err
	}
	var times []float64
	for began := time.Now(); over[0] == 0; {
		for range few {
			at := time.Now()
			if err := dist.Do(op); err != nil {
				return 0, err
			}
			times = append(times, time.Since(at).Seconds()*1e6)
		}
		if time.Since(began) > during && len(times) > few {
			over[0] = 1
		}
		if err := dist.Do(end); err != nil { // all stop at once
			return 0, err
		}
	}
	times = times[few:]
	slices.Sort(times)
	return times[len(times)/10], nil
}

// sums is the job: each size has its share of the time.
func (j *job) sums(g dist.Group) (*reply, error) {
	list, err := sums(g, time.Duration(j.Seconds*float64(time.Second))/time.Duration(2*len(sizes)))
	return &reply{Summed: list}, err
}
