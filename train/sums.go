package train

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/dist"
	"github.com/stheno/stheno/graph"
	"github.com/stheno/stheno/models"
)

// sums adds up what the parts of a batch give: first those of this process, then those of all.
type sums interface {
	// add computes the gradient of this process's k-th part, which is part i of the batch, and adds it up.
	add(k, i int) error
	// finish waits for the sums over all processes.
	finish() error
	// explain says what is added up when.
	explain() string
	// close gives back what the sums need.
	close()
}

// sumsOf are sums of numbers of a type. Where a process has one part, and the engine tells of outputs, the sum of a gradient is begun when
// that is computed, while the engine computes the next.
type sumsOf[T dist.Float] struct {
	step     *models.SplitStep
	parts    int
	summands []*summand[T]
	buckets  []*bucket[T]
	over     *dist.Sums  // those of the buckets
	device   *deviceSums // of the gradients, which are no summands then; else nil
	next     int         // the first bucket that is not started
	ready    []bool      // the summands that are computed
	failed   error
}

// summand is what is added up: the gradient of a parameter, or what the parts give of a running statistic.
type summand[T dist.Float] struct {
	name  string
	phase int // of the gradient's program, behind which it can be read
	x     []T
	fold  *dist.Fold[T]
	v     *graph.Var // whose copy x is; nil where x is its memory
	copy  any        // x
}

// bucket is what is added up over the processes at once: one large summand in its place, or several small ones, side by side.
type bucket[T dist.Float] struct {
	of    []*summand[T]
	at    []int // in ready
	phase int   // behind which it is complete
	sum   dist.Operation
	space []T // of several
}

// small is the length below which summands share a bucket, and what such a bucket holds at most: each message takes a while to set out.
// Tests make it smaller.
var small = 1 << 14

func newSums(c Config, step *models.SplitStep, mine []int, in *dist.Shared) (sums, error) {
	if step.Sums()[0].DType.Bytes() == 8 {
		return newSumsOf[float64](c, step, mine, in)
	}
	return newSumsOf[float32](c, step, mine, in)
}

func newSumsOf[T dist.Float](c Config, step *models.SplitStep, mine []int, in *dist.Shared) (*sumsOf[T], error) {
	s := &sumsOf[T]{step: step, parts: len(mine)}
	program := step.Executable(mine[0])
	phases, gradients := program.OutputPhases(), step.Sums()
	var err error
	if s.device, err = newDeviceSums(c, gradients); err != nil {
		return nil, err
	}
	staged := s.device != nil
	if staged {
		gradients = nil
	}
	for i, v := range gradients {
		x := &summand[T]{name: v.Name, phase: phases[i], x: hostOf(v).([]T)}
		if v.Host() == nil {
			x.v, x.copy, staged = v, x.x, true
		}
		s.summands = append(s.summands, x)
	}
	for _, share := range step.Shares() {
		s.summands = append(s.summands, &summand[T]{name: "a running statistic", phase: slices.Max(phases), x: share.([]T)})
	}
	s.ready = make([]bool, len(s.summands))
	for _, x := range s.summands {
		if x.fold, err = dist.NewFold(x.x, s.parts); err != nil {
			return nil, err
		}
	}
	if err := s.plan(c, in); err != nil {
		return nil, err
	}
	if x, ok := program.Exec().(backend.Announcer); ok && s.parts == 1 && !staged {
		x.Announce(s.announced)
	}
	return s, nil
}

// plan fills the buckets in the order in which the program computes what is in them. `in` is where large gradients are, or nil.
func (s *sumsOf[T]) plan(c Config, in *dist.Shared) error {
	order := make([]int, len(s.summands))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return s.summands[i].phase - s.summands[j].phase })
	few := &bucket[T]{} // of small ones, while there is room in it
	for _, i := range order {
		x := s.summands[i]
		b := &bucket[T]{}
		if n := len(x.x); n < small {
			if len(few.space)+n > small {
				few = &bucket[T]{}
			}
			b = few
			b.space = append(b.space, make([]T, n)...)
		}
		if len(b.of) == 0 {
			s.buckets = append(s.buckets, b)
		}
		b.of, b.at, b.phase = append(b.of, x), append(b.at, i), x.phase
	}
	slices.SortStableFunc(s.buckets, func(a, b *bucket[T]) int { return a.phase - b.phase })
	var xs []any
	for _, b := range s.buckets {
		if len(b.of) == 1 {
			b.space = nil
		}
		x := b.space
		if x == nil {
			x = b.of[0].x
		}
		xs = append(xs, x)
	}
	var err error
	if s.over, err = c.sums(in, xs...); err != nil {
		return err
	}
	for i, b := range s.buckets {
		b.sum = s.over.Ops[i]
	}
	return nil
}

func (s *sumsOf[T]) close() { s.over.Close() }

func (s *sumsOf[T]) add(k, i int) error {
	if k == 0 {
		s.next, s.failed = 0, nil
		clear(s.ready)
	}
	if err := s.step.Gradient(i); err != nil {
		return err
	}
	for _, x := range s.summands {
		if x.v != nil {
			if err := x.v.Read(x.copy); err != nil {
				return err
			}
		}
		if s.parts > 1 {
			x.fold.Add()
		}
	}
	return s.failed
}

// announced is told of outputs of the gradient's program, and -1 between: buckets that are complete are started, those under way are
// carried on.
func (s *sumsOf[T]) announced(output int) {
	if output >= 0 {
		s.ready[output] = true
	}
	for s.failed == nil && s.next < len(s.buckets) && s.complete(s.buckets[s.next]) {
		s.failed = s.buckets[s.next].start()
		s.next++
	}
	for _, b := range s.buckets[:s.next] {
		if s.failed == nil {
			_, s.failed = b.sum.Done()
		}
	}
}

func (s *sumsOf[T]) complete(b *bucket[T]) bool {
	for _, i := range b.at {
		if !s.ready[i] {
			return false
		}
	}
	return true
}

func (b *bucket[T]) start() error {
	if b.space != nil {
		at := 0
		for _, x := range b.of {
			at += copy(b.space[at:], x.x)
		}
	}
	return b.sum.Start()
}

func (s *sumsOf[T]) finish() error {
	for ; s.next < len(s.buckets); s.next++ {
		if err := s.buckets[s.next].start(); err != nil {
			return err
		}
	}
	if s.device != nil {
		if err := s.device.run(); err != nil {
			return err
		}
	}
	for _, b := range s.buckets {
		if err := dist.Wait(b.sum); err != nil {
			return err
		}
		at := 0
		for _, x := range b.of {
			if b.space != nil {
				at += copy(x.x, b.space[at:])
			}
			if x.v == nil {
				continue
			}
			if err := x.v.Write(x.copy); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *sumsOf[T]) explain() string {
	var b strings.Builder
	if s.over.Shared() {
		b.WriteString("in memory that the processes share\n")
	}
	if s.device != nil {
		fmt.Fprintf(&b, "behind the last phase: %d gradients, in the memory of the GPU\n", len(s.device.sums))
	}
	for _, k := range s.buckets {
		n, names := 0, []string{}
		for _, x := range k.of {
			n, names = n+len(x.x), append(names, x.name)
		}
		fmt.Fprintf(&b, "behind phase %d: %s, %d numbers\n", k.phase, strings.Join(names, " "), n)
	}
	return b.String()
}
