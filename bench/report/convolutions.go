package report

import (
	"fmt"
	"io"
	"strings"
)

// Convolution is one pass of a convolution on several programs, ours first. Values are milliseconds.
type Convolution struct {
	Shape string  `json:"shape"`
	Pass  string  `json:"pass"` // forward, or the gradient by data or weights
	DType string  `json:"dtype"`
	Flops float64 `json:"flops"`
	Rows  []Row   `json:"rows"`
}

// Own begins the names of our own engines.
const Own = "Stheno, "

// passes are the titles of the tables.
var passes = map[string]string{"forward": "forward", "data": "gradient by data", "weights": "gradient by weights"}

// times are how many times as long as row i another row took, round by round.
func (c *Convolution) times(i, other int) []float64 {
	return ratios(c.Rows[i].Values, c.Rows[other].Values)
}

// ratios are those of another row's times to one's, round by round.
func ratios(one, other []float64) (list []float64) {
	for r := range min(len(one), len(other)) {
		list = append(list, other[r]/one[r])
	}
	return list
}

// split gives the places of our engines and those of the other programs.
func (c *Convolution) split() (own, others []int) {
	for i, r := range c.Rows {
		if strings.HasPrefix(r.Name, Own) {
			own = append(own, i)
		} else {
			others = append(others, i)
		}
	}
	return own, others
}

func (r *Report) convolutions(w io.Writer) {
	for len(r.Convolutions) > 0 {
		pass, n := r.Convolutions[0].Pass, 0
		for n < len(r.Convolutions) && r.Convolutions[n].Pass == pass {
			n++
		}
		convolutionTable(w, r.Convolutions[:n], &r.Machine)
		r = &Report{Machine: r.Machine, Convolutions: r.Convolutions[n:]}
	}
}

// convolutionTable writes the rows of one pass.
func convolutionTable(w io.Writer, rows []Convolution, m *Machine) {
	first := rows[0]
	own, others := first.split()
	kind := "Convolutions"
	if strings.HasSuffix(first.Shape, " groups") {
		kind += " in groups"
	}
	fmt.Fprintf(w, "### %s, %s, %s, all cores\n\n", kind, passes[first.Pass], first.DType)
	t := Table{Header: []string{"images, filters"}}
	for _, i := range own {
		t.Header = append(t.Header, first.Rows[i].Name+", ms", "% of the FMA peak")
	}
	for _, i := range others {
		t.Header = append(t.Header, first.Rows[i].Name+", ms")
		for _, k := range own {
			t.Header = append(t.Header, "times "+first.Rows[k].Name+" [95 %]")
		}
	}
	for _, c := range rows {
		cells := []string{c.Shape}
		for _, i := range own {
			cells = append(cells, c.ms(i), c.share(i, m))
		}
		for _, i := range others {
			cells = append(cells, c.ms(i))
			for _, k := range own {
				cells = append(cells, interval(c.times(k, i)))
			}
		}
		t.Add(cells...)
	}
	t.Write(w)
	fmt.Fprintln(w)
	for _, i := range others {
		for _, k := range own {
			fmt.Fprintf(w, "%s takes at least as long as %s in %d of %d.\n\n", first.Rows[i].Name, first.Rows[k].Name, notSlower(rows, k, i), len(rows))
		}
	}
}

// notSlower counts the rows in which another program takes at least as long.
func notSlower(rows []Convolution, own, other int) (n int) {
	for _, c := range rows {
		if Median(c.times(own, other)) >= 1 {
			n++
		}
	}
	return n
}

// ms is a row's median, or why there is none.
func (c *Convolution) ms(i int) string { return millis(&c.Rows[i]) }

func millis(r *Row) string {
	if r.Problem != "" {
		return r.Problem
	}
	return number(Median(r.Values), "%.3g")
}

// share is a row's part of the peak; empty where that is not known.
func (c *Convolution) share(i int, m *Machine) string {
	peak := m.PeakOf(c.DType).All
	if peak == 0 || len(c.Rows[i].Values) == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f", 100*c.Flops/Median(c.Rows[i].Values)/1e6/peak)
}
