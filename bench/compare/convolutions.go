package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/stheno/stheno/bench"
	"github.com/stheno/stheno/bench/report"
	"github.com/stheno/stheno/bench/work"
)

// sumTolerance is how far sums of a convolution's numbers may be apart, beside the sum of their magnitudes: what float32 rounds off.
const sumTolerance = 3e-5

// convolutions compares single convolutions: our engines and PyTorch, which calls oneDNN, each in a process that stays.
func (c *comparer) convolutions() error { return c.convolve(bench.Convolutions, quickPace) }

// groupConvolutions compares single convolutions in groups.
func (c *comparer) groupConvolutions() error { return c.convolve(bench.GroupConvolutions, quickPace) }

func (c *comparer) convolve(shapes []work.Convolution, p pace) error {
	var peers []*runner
	defer func() {
		for _, r := range peers {
			r.end()
		}
	}()
	for i := range c.programs {
		if who := &c.programs[i]; who.convolutions != nil {
			running, err := start(who.convolutions, all(), p.patience)
			if err != nil {
				c.leaveOut("%s in the table of convolutions: %v", who.name, err)
				continue
			}
			peers = append(peers, &runner{program: who, process: running, threads: all()})
		}
	}
	if len(peers) == 0 {
		return fmt.Errorf("no engine was built")
	}
	for _, pass := range work.Passes {
		var rows []report.Convolution
		for _, s := range shapes {
			rows = append(rows, convolution(s, pass, p, peers))
		}
		c.Convolutions = append(c.Convolutions, rows...)
		(&report.Report{Machine: c.Machine, Convolutions: rows}).Tables(c.tell)
	}
	return nil
}

// convolution times one pass in turn.
func convolution(s work.Convolution, pass string, p pace, peers []*runner) report.Convolution {
	out := report.Convolution{Shape: s.String(), Pass: pass, DType: "float32", Flops: s.Flops()}
	u := unit{name: s.Unit(pass), factor: 1}
	runners := make([]*runner, len(peers))
	var expected work.Reply // of the first that answers
	for i, peer := range peers {
		r := *peer
		runners[i] = &r
		var sum work.Reply
		if sum, r.err = r.request(u.name, 1); r.err != nil {
			continue
		}
		if expected.Size == 0 {
			expected = sum
		}
		if !(math.Abs(sum.Sum-expected.Sum) <= sumTolerance*expected.Size) {
			r.err = fmt.Errorf("DIFFERENT WORK: the sum is %v, not %v", sum.Sum, expected.Sum)
			continue
		}
		r.calibrate(u, p)
	}
	values := make([][]float64, len(runners))
	order := rand.New(rand.NewPCG(1, 1))
	for round := range p.rounds {
		for _, i := range order.Perm(len(runners)) {
			r := runners[i]
			if !r.takesPart(round, p) {
				continue
			}
			time.Sleep(p.pause)
			ms, err := r.turn(u)
			if err != nil {
				r.err = err
				continue
			}
			values[i] = append(values[i], ms)
		}
	}
	for i, r := range runners {
		row := report.Row{Name: r.name, Version: r.hello.Version, Library: r.hello.Library, Threads: r.threads, Values: values[i]}
		if r.err != nil {
			row.Problem, row.Values = firstLine(r.err.Error()), nil
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}
