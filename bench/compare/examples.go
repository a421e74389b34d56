package main

import (
	"fmt"
	"math"
	"time"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/bench"
	"github.com/stheno/stheno/bench/report"
)

// Slow examples have fewer rounds: no more are begun after so long.
const (
	exampleTime   = 12 * time.Second
	exampleRounds = 3 // at least
)

// exampleTolerance is how far the sums of what an example computes may be apart, beside the sum of the magnitudes.
const exampleTolerance = 1e-4

// examples compares the graphs of Gorgonia's examples on the TapeMachine and on ours in its place, in this process, in turn.
func (c *comparer) examples() error { return c.runExamples(bench.Examples, fullPace) }

func (c *comparer) runExamples(list []bench.Example, p pace) error {
	for _, x := range list {
		row, err := example(x, p)
		if err != nil {
			return fmt.Errorf("%s: %w", x.Name, err)
		}
		c.Examples = append(c.Examples, row)
	}
	(&report.Report{Machine: c.Machine, Examples: c.Examples}).Tables(c.tell)
	return nil
}

// machineRow is a machine with an example on it, and its row.
type machineRow struct {
	*bench.Running
	runs int // a turn
	report.Row
}

func example(x bench.Example, p pace) (report.Example, error) {
	out := report.Example{Name: x.Name, Note: x.Note, DType: x.DType.String()}
	tape, err := x.Tape()
	if err != nil {
		return out, err
	}
	machines := []*machineRow{{Running: tape, Row: report.Row{Name: report.Tape}}}
	defer func() {
		for _, m := range machines {
			m.Close()
		}
	}()
	for _, name := range bench.Engines {
		e, err := backend.Open(name)
		if err != nil {
			continue // it is named among the peers
		}
		defer e.Close()
		for _, only := range []bool{false, true} {
			label := report.Own + name
			if only {
				label += ", Only"
			}
			ours, err := x.On(e, only)
			if err != nil {
				return out, err
			}
			machines = append(machines, &machineRow{Running: ours, Row: report.Row{Name: label}})
		}
	}
	for _, m := range machines {
		m.check(machines[0], p)
	}
	began := time.Now()
	for round := 0; round < p.rounds && (round < exampleRounds || time.Since(began) < exampleTime); round++ {
		for _, m := range machines {
			m.turn()
		}
	}
	for _, m := range machines {
		out.Rows = append(out.Rows, m.Row)
	}
	out.Flops = machines[1].Flops()
	return out, nil
}

// check runs an example for the first times, and finds out how often a turn has it. What comes out must be what the first machine had.
func (m *machineRow) check(first *machineRow, p pace) {
	var took time.Duration
	for range 2 { // the first compiles
		began := time.Now()
		if err := m.Run(); err != nil {
			m.Problem = firstLine(err.Error())
			return
		}
		took = time.Since(began)
	}
	m.runs = max(1, int(p.turn/max(took, 1)))
	want, size := first.Sum()
	if got, _ := m.Sum(); !(math.Abs(got-want) <= exampleTolerance*size) {
		m.Problem = fmt.Sprintf("DIFFERENT WORK: the sum is %v, not %v", got, want)
	}
}

// turn times some runs.
func (m *machineRow) turn() {
	if m.Problem != "" {
		return
	}
	began := time.Now()
	for range m.runs {
		if err := m.Run(); err != nil {
			m.Problem, m.Values = firstLine(err.Error()), nil
			return
		}
	}
	m.Values = append(m.Values, time.Since(began).Seconds()*1e3/float64(m.runs))
}
