package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/stheno/stheno/bench/peak"
	"github.com/stheno/stheno/bench/report"
	"github.com/stheno/stheno/bench/work"
)

// pace is how the rounds are made. A turn is one program's part of a round.
type pace struct {
	rounds   int
	turn     time.Duration // of measured work
	pause    time.Duration // before it: threads spin on after a product, OpenBLAS's for 26 ms, onnxruntime's for 30, in the next one's way
	patience time.Duration // until a program has started and done its first steps
}

var (
	quickPace = pace{6, 60 * time.Millisecond, 60 * time.Millisecond, 25 * time.Second}
	fullPace  = pace{10, 200 * time.Millisecond, 60 * time.Millisecond, 60 * time.Second}
)

func (c *comparer) pace() pace {
	if c.quick {
		return quickPace
	}
	return fullPace
}

// unit is what is timed, as peers call it, and how tables show it.
type unit struct {
	name, label string
	factor      float64 // of the label's unit in a millisecond
	flops       float64 // of the dense products of one
}

// runner is a program that runs with so many threads, ready to be timed.
type runner struct {
	*program
	*process
	threads int
	n       int     // units a turn
	ms      float64 // of one unit, in the best of the first turns
	err     error   // why it cannot be timed
}

// compare times units of a job on programs, round by round in turn; of each, the number of threads that was its best counts.
// expected is the loss that the gate asks of all.
func (c *comparer) compare(title string, job work.Spec, u unit, expected float64, programs []program) {
	p := c.pace()
	again := programs[0]
	again.name = report.Again
	runners := startAll(job, p, append(programs[:len(programs):len(programs)], again))
	defer func() {
		for _, r := range runners {
			r.end()
		}
	}()
	for _, r := range runners {
		r.calibrate(u, p)
	}
	left := hopeful(runners)
	values := make([][]float64, len(left))
	order := rand.New(rand.NewPCG(1, 1))
	var trips []float64
	for round := range p.rounds {
		if t := peak.RoundTrip(); t > 0 {
			trips = append(trips, float64(t))
		}
		for _, i := range order.Perm(len(left)) { // nobody always has the same one before him
			if r := left[i]; r.takesPart(round, p) {
				time.Sleep(p.pause)
				ms, err := r.turn(u)
				if err != nil {
					r.err = err
					continue
				}
				values[i] = append(values[i], ms*u.factor)
			}
		}
	}
	cmp := report.Comparison{Title: title, Job: strings.Join(job.Args()[:4], " "), DType: job.DType, Unit: u.label, Factor: u.factor, Flops: u.flops, Trips: trips, Expected: expected, Tolerance: tolerance}
	for _, i := range best(left, values) {
		cmp.Rows = append(cmp.Rows, left[i].row(values[i]))
	}
	cmp.Check()
	c.Comparisons = append(c.Comparisons, cmp)
	c.peaks("after the table: " + title)
	cmp.Markdown(c.tell, &c.Machine)
}

// startAll starts every program with every number of threads that it is to be tried with, a few at once: nothing is timed
// yet.
func startAll(job work.Spec, p pace, programs []program) (runners []*runner) {
	for i := range programs {
		for _, n := range programs[i].threads {
			runners = append(runners, &runner{program: &programs[i], threads: n})
		}
	}
	var done sync.WaitGroup
	gate := make(chan struct{}, all())
	for _, r := range runners {
		done.Go(func() {
			gate <- struct{}{}
			defer func() { <-gate }()
			if r.most > 0 && job.StepFlops() > r.most {
				r.err = fmt.Errorf("left out: it takes seconds where a step has more than %d MFLOP", r.most/1e6)
				return
			}
			s := job
			s.Threads = r.threads
			r.process, r.err = start(r.argv(s), r.threads, p.patience)
		})
	}
	done.Wait()
	return runners
}

// calibrate warms a runner up and finds how many units make a turn.
func (r *runner) calibrate(u unit, p pace) {
	if r.err != nil {
		return
	}
	want := p.turn.Seconds() * 1e3
	for r.n = 1; ; r.n *= 4 {
		if r.ms, r.err = r.ask(u.name, r.n); r.err != nil {
			return
		}
		if r.ms*float64(r.n) > want/4 {
			break
		}
	}
	r.n = max(int(want/r.ms), 1)
	if r.ms > want {
		return
	}
	for range 3 {
		ms, err := r.ask(u.name, r.n)
		if err != nil {
			r.err = err
			return
		}
		r.ms = min(r.ms, ms)
	}
}

// hopeless is how many times as long as the fastest a number of threads of the same program may take in its first turns and
// still take part. The first turns are few: what is fastest is decided by all.
const hopeless = 1.6

// hopeful leaves, of each program, the runners that may be its fastest, or one that failed if all did, and ends the others.
func hopeful(runners []*runner) (left []*runner) {
	least, kept := map[*program]float64{}, map[*program]bool{}
	for _, r := range runners {
		if ms, ok := least[r.program]; r.err == nil && (!ok || r.ms < ms) {
			least[r.program] = r.ms
		}
	}
	for _, r := range runners {
		ms, works := least[r.program]
		if works && (r.err != nil || r.ms > hopeless*ms) || !works && kept[r.program] {
			r.end()
			continue
		}
		left, kept[r.program] = append(left, r), true
	}
	return left
}

// best picks, of each program, the place of the runner whose values have the smallest median.
func best(runners []*runner, values [][]float64) (chosen []int) {
	median := func(i int) float64 {
		if runners[i].err != nil || len(values[i]) == 0 {
			return math.Inf(1)
		}
		return report.Median(values[i])
	}
	for i, r := range runners {
		last := len(chosen) - 1
		switch {
		case last < 0 || runners[chosen[last]].program != r.program:
			chosen = append(chosen, i)
		case median(i) < median(chosen[last]):
			chosen[last] = i
		}
	}
	return chosen
}

// takesPart is false where a runner cannot be timed, and in later rounds where one unit is far longer than a turn.
func (r *runner) takesPart(round int, p pace) bool {
	if r.err != nil {
		return false
	}
	return round < 6 || r.ms < 5*p.turn.Seconds()*1e3
}

// turn measures once. A few units before bring caches and clock rate to where they are in a long run.
func (r *runner) turn(u unit) (ms float64, err error) {
	if warm := r.n / 4; warm > 0 {
		if _, err := r.ask(u.name, warm); err != nil {
			return 0, err
		}
	}
	return r.ask(u.name, r.n)
}

func (r *runner) row(values []float64) report.Row {
	row := report.Row{Name: r.name, Threads: r.threads, Tried: r.program.threads, Values: values}
	if r.process != nil {
		row.Version, row.Library, row.Gate, row.PeakMB = r.hello.Version, r.hello.Library, r.hello.Gate, r.peakMB()
	}
	if r.err != nil {
		row.Problem, row.Values = r.err.Error(), nil
	}
	return row
}

// end closes the process, once.
func (r *runner) end() {
	if r.process != nil {
		r.close()
		r.process = nil
	}
}
