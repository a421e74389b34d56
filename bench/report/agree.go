package report

import (
	"fmt"
	"io"
	"slices"
)

// Again is the name of the row that repeats row 0: its ratio should be 1, and what it is instead is noise.
const Again = "the same again: the noise"

// Noise is by what factor the program differs from itself in the same run: the farther end of the interval of that row's
// ratio; 1 where it was not measured.
func (c *Comparison) Noise() float64 {
	low, high, _ := Interval(c.ratiosOf(Again))
	if !(low > 0) {
		return 1
	}
	return max(1, high, 1/low)
}

func (c *Comparison) ratiosOf(name string) []float64 {
	for i := range c.Rows {
		if c.Rows[i].Name == name {
			return c.Ratios(i)
		}
	}
	return nil
}

// Agreement says which ratios of a run are not those of an earlier one: those whose printed intervals, both widened by the
// noise of their run, have nothing in common.
func Agreement(w io.Writer, before, now *Report) {
	agree, all := 0, 0
	for i := range now.Comparisons {
		c := &now.Comparisons[i]
		at := slices.IndexFunc(before.Comparisons, func(old Comparison) bool { return old.Title == c.Title })
		if at < 0 {
			continue
		}
		old := &before.Comparisons[at]
		for k := 1; k < len(c.Rows); k++ {
			name := c.Rows[k].Name
			a, b := c.Ratios(k), old.ratiosOf(name)
			if name == Again || len(a) == 0 || len(b) == 0 {
				continue
			}
			all++
			if overlap(a, c.Noise(), b, old.Noise()) {
				agree++
				continue
			}
			fmt.Fprintf(w, "NOT AS BEFORE: %s: %s took %.2f times as long as %s, before %.2f\n", c.Title, name, Median(a), c.Rows[0].Name, Median(b))
		}
	}
	fmt.Fprintf(w, "%d of %d ratios agree with those of %s\n", agree, all, before.Machine.Date)
}

// overlap says whether the intervals of two medians, each widened by a factor, have anything in common.
func overlap(a []float64, wideA float64, b []float64, wideB float64) bool {
	lowA, highA, _ := Interval(a)
	lowB, highB, _ := Interval(b)
	return lowA/wideA <= highB*wideB && lowB/wideB <= highA*wideA
}
