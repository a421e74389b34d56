package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/stheno/stheno/bench/peak"
)

// Table is text in columns, which reads well both as Markdown and on a terminal.
type Table struct {
	Header []string
	rows   [][]string
}

// Add puts a row below the others: a cell for each column.
func (t *Table) Add(cells ...string) { t.rows = append(t.rows, cells) }

// Write writes the table in Markdown.
func (t *Table) Write(w io.Writer) {
	width := make([]int, len(t.Header))
	for _, row := range append([][]string{t.Header}, t.rows...) {
		for i, c := range row {
			width[i] = max(width[i], utf8.RuneCountInString(c), 3)
		}
	}
	line := func(cells []string) {
		for i, c := range cells {
			fmt.Fprintf(w, "| %s%s ", c, strings.Repeat(" ", width[i]-utf8.RuneCountInString(c)))
		}
		fmt.Fprintln(w, "|")
	}
	line(t.Header)
	rule := make([]string, len(t.Header))
	for i := range rule {
		rule[i] = strings.Repeat("-", width[i])
	}
	line(rule)
	for _, r := range t.rows {
		line(r)
	}
}

// JSON writes everything that was measured.
func (r *Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(r)
}

// Markdown writes the tables. pictures are the files to show with them.
func (r *Report) Markdown(w io.Writer, pictures ...string) {
	r.Machine.Markdown(w)
	for _, m := range r.Missing {
		fmt.Fprintf(w, "Left out: %s\n\n", m)
	}
	for _, p := range pictures {
		fmt.Fprintf(w, "![%s](%s)\n\n", strings.TrimSuffix(p, ".png"), p)
	}
	r.Tables(w)
}

// Tables writes the tables alone, those that there is anything in.
func (r *Report) Tables(w io.Writer) {
	for i := range r.Comparisons {
		r.Comparisons[i].Markdown(w, &r.Machine)
	}
	r.products(w)
	r.convolutions(w)
	r.examples(w)
	r.whole(w)
	r.compile(w)
	for i := range r.Scaling {
		r.Scaling[i].Markdown(w)
	}
}

// Markdown writes what a doubter wants to know first.
func (m *Machine) Markdown(w io.Writer) {
	fmt.Fprintf(w, "`%s` on %s, commit %s\n\n", m.Command, m.Date, m.Commit)
	fmt.Fprintf(w, "- %s, %d cores, GOMAXPROCS %d, load average %s\n", m.CPU, m.Cores, m.MaxProc, m.Load)
	if m.Busy > 0.05 {
		fmt.Fprintf(w, "- WARNING: others used %.0f %% of the machine before the start\n", 100*m.Busy)
	}
	fmt.Fprintf(w, "- instruction sets: %s; kernels of engine go: %s\n", strings.Join(m.Flags, " "), m.Kernels)
	for _, p := range m.Peak {
		fmt.Fprintf(w, "- FMA peak, %s: %.0f GFLOP/s of one core, %.0f of all (%s)\n", p.DType, p.One, p.All, p.With)
		if p.All < 0.8*p.One*float64(m.MaxProc) {
			fmt.Fprintf(w, "- WARNING: all cores together reach %.1f times the peak of one: others use the machine, or it lowers its clock\n", p.All/p.One)
		}
		if (peak.Reading{Share: p.Share}).Disturbed() {
			fmt.Fprintf(w, "- WARNING: that measurement got %.0f %% of the cores' time: others use the machine, the peak is too low and shares of it too high\n", 100*p.Share)
		}
	}
	for _, d := range m.Disturbed {
		fmt.Fprintf(w, "- WARNING: others used the machine %s\n", d)
	}
	fmt.Fprintf(w, "- OpenBLAS: %s\n", m.BLAS)
	fmt.Fprintf(w, "- %s\n", m.Go)
	for _, e := range m.Env {
		fmt.Fprintf(w, "- environment: %s\n", e)
	}
	for _, p := range m.Programs {
		fmt.Fprintf(w, "- %v: %s\n", p, p.Library)
	}
	fmt.Fprintln(w)
}

// Markdown writes the table of one job.
func (c *Comparison) Markdown(w io.Writer, m *Machine) {
	fmt.Fprintf(w, "### %s\n\n", c.Title)
	t := Table{Header: []string{"program", c.Unit + ", median (min to max)", "times as long as " + c.Rows[0].Name + " [95 %]", "peak MB"}}
	coverage := 1.0
	for i := range c.Rows {
		r := &c.Rows[i]
		if len(r.Values) == 0 {
			t.Add(r.Name, r.Problem, "", "")
			continue
		}
		ratio := "no round in common"
		if v := c.Ratios(i); i == 0 {
			ratio = "1"
		} else if len(v) > 0 {
			low, high, got := Interval(v)
			coverage = min(coverage, got)
			ratio = fmt.Sprintf("%.2f [%.2f to %.2f]", Median(v), low, high)
		}
		t.Add(Label(r.Name, r.Threads), spread(r.Values), ratio, number(r.PeakMB, "%.0f"))
	}
	if limit := c.Limit(m); limit > 0 {
		cores := "all cores"
		if c.oneThread() {
			cores = "one core"
		}
		t.Add(fmt.Sprintf("the arithmetic: %.4g MFLOP, none left out, at the FMA peak of %s", c.Flops/1e6, cores), fmt.Sprintf("%.4g", limit), "", "")
	}
	t.Write(w)
	if len(c.Trips) > 0 {
		fmt.Fprintf(w, "\nFrom core to core and back: %s ns.\n", spread(c.Trips))
	}
	if coverage < confidence {
		fmt.Fprintf(w, "\nSo few rounds give the intervals %.0f %% only.\n", 100*coverage)
	}
	fmt.Fprintln(w)
}

// spread is the median with the smallest and the largest value.
func spread(v []float64) string {
	low, high := extent(v)
	return fmt.Sprintf("%.4g (%.4g to %.4g)", Median(v), low, high)
}

func extent(v []float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, x := range v {
		low, high = min(low, x), max(high, x)
	}
	return low, high
}

// number is empty for what is not known.
func number(v float64, format string) string {
	if v == 0 || math.IsNaN(v) {
		return ""
	}
	return fmt.Sprintf(format, v)
}

func (r *Report) products(w io.Writer) {
	var t Table
	dtype := ""
	flush := func() {
		if len(t.rows) > 0 {
			t.Write(w)
			fmt.Fprintln(w)
		}
	}
	for _, p := range r.Products {
		if p.DType != dtype {
			flush()
			dtype = p.DType
			fmt.Fprintf(w, "### Matrix products (m x n x k), %s, GFLOP/s\n\n", dtype)
			t = Table{Header: []string{"product", BLASOne, NativeOne, "times OpenBLAS [95 %]", "times the FMA peak [95 %]", BLASAll, NativeAll, "times OpenBLAS [95 %]", "times native, 1 thread [95 %]"}}
		}
		t.Add(p.Shape, p.rate(BLASOne), p.rate(NativeOne), p.ratio(NativeOne, BLASOne), p.ratio(NativeOne, PeakOne),
			p.rate(BLASAll), p.rate(NativeAll), p.ratio(NativeAll, BLASAll), p.ratio(NativeAll, NativeOne))
	}
	flush()
	if n := r.beyond(); n > 0 {
		fmt.Fprintf(w, "WARNING: %d of the products are faster than the FMA peak, which cannot be: others used the machine while the peak was measured.\n\n", n)
	}
}

// beyond counts the products whose median is above the peak by more than two hundredths, which the clock rate may differ by.
func (r *Report) beyond() (n int) {
	for _, p := range r.Products {
		if Median(p.ratios(NativeOne, PeakOne)) > 1.02 || Median(p.ratios(BLASOne, PeakOne)) > 1.02 {
			n++
		}
	}
	return n
}

func (p *Product) rate(who string) string { return number(Median(p.Rates[who]), "%.0f") }

// ratios are those of two contenders, round by round.
func (p *Product) ratios(a, b string) (v []float64) {
	for i := range min(len(p.Rates[a]), len(p.Rates[b])) {
		v = append(v, p.Rates[a][i]/p.Rates[b][i])
	}
	return v
}

func (p *Product) ratio(a, b string) string {
	return interval(p.ratios(a, b))
}

// interval is the median of ratios with where the true one lies; empty where there are none.
func interval(ratios []float64) string {
	if len(ratios) == 0 {
		return ""
	}
	low, high, _ := Interval(ratios)
	return fmt.Sprintf("%.2f [%.2f to %.2f]", Median(ratios), low, high)
}

func (r *Report) whole(w io.Writer) {
	if len(r.Whole) == 0 {
		return
	}
	fmt.Fprintf(w, "### The whole program: 10,000 iterations and 17 rows of accuracies on MNIST, data loading included\n\n")
	t := Table{Header: []string{"program", "seconds, start to exit", "training s", "evaluation s", "peak MB", "test accuracy"}}
	for _, e := range r.Whole {
		if e.Problem != "" {
			t.Add(e.Name, e.Problem, "", "", "", "")
			continue
		}
		t.Add(e.Name, spread(e.Seconds), number(Median(e.Train), "%.3g"), number(Median(e.Eval), "%.3g"), number(e.PeakMB, "%.0f"), number(e.Acc, "%.4f"))
	}
	t.Write(w)
	fmt.Fprintln(w)
}

func (r *Report) compile(w io.Writer) {
	if len(r.Compile) == 0 {
		return
	}
	fmt.Fprintf(w, "### Compiling a training step, and what a step allocates\n\n")
	t := Table{Header: []string{"engine", "net", "graph and program, ms", "allocations a step"}}
	for _, c := range r.Compile {
		t.Add(c.Name, c.Net, spread(c.MS), fmt.Sprintf("%.3g", c.Allocs))
	}
	t.Write(w)
	fmt.Fprintln(w)
}

// Markdown writes the table of one size that grows.
func (s *Scaling) Markdown(w io.Writer) {
	time, memory, arithmetic := s.Exponents()
	fmt.Fprintf(w, "### Scaling over %s: %s\n\n", s.Name, s.What)
	finding := ""
	if arithmetic > steep {
		finding = ": GROWS FASTER than its arithmetic"
	}
	fmt.Fprintf(w, "Fitted: time ~ size^%.2f, memory ~ size^%.2f, time ~ arithmetic^%.2f%s\n\n", time, memory, arithmetic, finding)
	t := Table{Header: []string{s.Name, "ms", "GFLOP/s", "peak MB", "core to core, ns", ""}}
	for i, r := range s.Rows {
		note := ""
		if by := s.Grows(i); by > 0 {
			note = fmt.Sprintf("GROWS FASTER: %.2f times as long an operation as above", by)
		}
		t.Add(fmt.Sprintf("%.0f", r.Size), fmt.Sprintf("%.4g", r.MS), fmt.Sprintf("%.3g", r.Flops/r.MS/1e6), number(r.PeakMB, "%.0f"), number(r.Trip, "%.0f"), note)
	}
	t.Write(w)
	fmt.Fprintln(w)
}
