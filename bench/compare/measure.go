package main

import (
	"fmt"
	"io"
	"math"
	"slices"
)

// entry is one program in a comparison. once measures it for a fraction of a second.
type entry struct {
	name string
	once func() (sample, error)
}

// sample is one measurement, and the loss that says whether the work was the same (NaN where there is none).
type sample struct {
	value float64
	gate  float64
}

// table is a finished comparison. ratio[i][r] is entry 0's time over entry i's in round r.
type table struct {
	title, unit string
	names       []string
	values      [][]float64
	gates       []float64
	failed      []string
}

// measure runs all entries in turn, round by round, so that a drift of the machine meets them all.
func measure(title, unit string, entries []entry, rounds int) *table {
	t := &table{title: title, unit: unit, values: make([][]float64, len(entries)), gates: make([]float64, len(entries)), failed: make([]string, len(entries))}
	for _, e := range entries {
		t.names = append(t.names, e.name)
	}
	for r := range rounds + 1 {
		for i, e := range entries {
			if t.failed[i] != "" {
				continue
			}
			s, err := e.once()
			switch {
			case err != nil:
				t.failed[i] = err.Error()
			case r > 0: // the first round warms up
				t.values[i] = append(t.values[i], s.value)
				t.gates[i] = s.gate
			}
		}
	}
	return t
}

// gateTolerance is how far losses may be apart after the same few steps: float32 rounding, and the book's 1e-7.
const gateTolerance = 5e-6

// print writes the table as Markdown: the median with its range, and how many times as fast each is as the first.
func (t *table) print(w io.Writer) {
	fmt.Fprintf(w, "\n### %s\n\n| program | %s (min to max) | times as fast as %s (min to max) |\n| --- | --- | --- |\n", t.title, t.unit, t.names[0])
	for i, name := range t.names {
		if t.failed[i] != "" {
			fmt.Fprintf(w, "| %s | %s | |\n", name, t.failed[i])
			continue
		}
		note := ""
		if d := math.Abs(t.gates[i] - t.gates[0]); d > gateTolerance {
			note = fmt.Sprintf(" DIFFERENT WORK: loss %.7f, %s has %.7f", t.gates[i], t.names[0], t.gates[0])
		}
		var ratios []float64
		for r := range min(len(t.values[i]), len(t.values[0])) {
			ratios = append(ratios, t.values[0][r]/t.values[i][r])
		}
		fmt.Fprintf(w, "| %s | %s | %s%s |\n", name, spread(t.values[i], "%.4g"), spread(ratios, "%.2f"), note)
	}
}

func spread(v []float64, format string) string {
	if len(v) == 0 {
		return "not measured"
	}
	s := slices.Sorted(slices.Values(v))
	return fmt.Sprintf(format+" ("+format+" to "+format+")", s[len(s)/2], s[0], s[len(s)-1])
}
