package report

import (
	"fmt"
	"io"
)

// Example is a graph of one of Gorgonia's examples on several machines, the TapeMachine first. Values are milliseconds of a run.
type Example struct {
	Name  string  `json:"name"`
	Note  string  `json:"note"`
	DType string  `json:"dtype"`
	Flops float64 `json:"flops"` // of the products in our program of it
	Rows  []Row   `json:"rows"`
}

// Tape is the name of the TapeMachine's row.
const Tape = "TapeMachine"

// few is the ratio under which a line says what the arithmetic alone would take.
const few = 5

func (r *Report) examples(w io.Writer) {
	if len(r.Examples) == 0 {
		return
	}
	fmt.Fprintf(w, "### Gorgonia's examples, each on a graph of its own\n\n")
	t := Table{Header: []string{"example", "a run"}}
	for i, row := range r.Examples[0].Rows {
		t.Header = append(t.Header, row.Name+", ms")
		if i > 0 {
			t.Header = append(t.Header, "times "+row.Name+" [95 %]")
		}
	}
	t.Header = append(t.Header, "products at the FMA peak, ms")
	for _, x := range r.Examples {
		cells := []string{x.Name, x.Note + ", " + x.DType}
		for i := range x.Rows {
			cells = append(cells, millis(&x.Rows[i]))
			if i > 0 {
				cells = append(cells, interval(ratios(x.Rows[i].Values, x.Rows[0].Values)))
			}
		}
		t.Add(append(cells, number(x.atPeak(&r.Machine), "%.3g"))...)
	}
	t.Write(w)
	fmt.Fprintln(w)
	for _, x := range r.Examples {
		for _, row := range x.Rows[1:] {
			if times := ratios(row.Values, x.Rows[0].Values); len(times) > 0 && Median(times) < few {
				x.explain(w, &r.Machine, row, Median(times))
			}
		}
	}
}

// explain says what a small ratio is due to: how much of the time the products take by themselves.
func (x *Example) explain(w io.Writer, m *Machine, row Row, times float64) {
	fmt.Fprintf(w, "%s: the TapeMachine takes %.1f times as long as %s, whose products are %.3g MFLOP", x.Name, times, row.Name, x.Flops/1e6)
	if peak := x.atPeak(m); peak > 0 {
		fmt.Fprintf(w, ": at the FMA peak of all cores %.3g ms, %.0f %% of its run", peak, 100*peak/Median(row.Values))
	}
	fmt.Fprintf(w, ".\n\n")
}

// atPeak is the milliseconds of the products at the peak of all cores; 0 where that is not known.
func (x *Example) atPeak(m *Machine) float64 {
	if peak := m.PeakOf(x.DType).All; peak > 0 {
		return x.Flops / peak / 1e6
	}
	return 0
}
