// Package report holds what a comparison has measured and shows it: as tables, as JSON and as pictures. It knows nothing
// of engines.
package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Report is one run of the comparison.
type Report struct {
	Machine      Machine       `json:"machine"`
	Missing      []string      `json:"missing"` // what was left out, and what brings it
	Comparisons  []Comparison  `json:"comparisons"`
	Products     []Product     `json:"products"`
	Convolutions []Convolution `json:"convolutions,omitempty"`
	Examples     []Example     `json:"examples,omitempty"`
	Whole        []Whole       `json:"whole"`
	Compile      []Compile     `json:"compile"`
	Scaling      []Scaling     `json:"scaling"`
}

// Machine is where, when and how the run was made.
type Machine struct {
	CPU     string   `json:"cpu"`
	Cores   int      `json:"cores"`
	Flags   []string `json:"flags"`   // of the instruction sets that decide over kernels
	Kernels string   `json:"kernels"` // those that Stheno's engine go uses
	BLAS    string   `json:"openblas"`
	Peak    []Peak   `json:"fma_peak"`
	MaxProc int      `json:"gomaxprocs"`
	Load    string   `json:"load_average"` // at the start, of 1, 5 and 15 minutes
	Busy    float64  `json:"busy"`         // share of all cores' time that others used at the start
	Date    string   `json:"date"`
	Command string   `json:"command"`
	Commit  string   `json:"commit"`
	Env     []string `json:"environment"` // what was dropped from it, or kept in it
	// Disturbed says after which parts others used the machine, which the peak is measured again by.
	Disturbed []string `json:"disturbed"`
	Go        string   `json:"go"`

	Programs []Peer `json:"programs"`
}

// Peer is one of the programs that are compared.
type Peer struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Library string `json:"library"` // that multiplies for it, as it says itself
}

// String is the name with the version, if that is not part of it.
func (p Peer) String() string {
	if strings.Contains(p.Name, p.Version) {
		return p.Name
	}
	return p.Name + " " + p.Version
}

// Peak is the measured FMA peak, in GFLOP/s.
type Peak struct {
	DType string  `json:"dtype"`
	With  string  `json:"instructions"`
	One   float64 `json:"one_core"`
	All   float64 `json:"all_cores"`
	// Share is how much of the cores' time that reading of all of them got; 0 is unknown.
	Share float64 `json:"cpu_share"`
}

// PeakOf is the peak for a type; zeros where it is unknown.
func (m *Machine) PeakOf(dtype string) Peak {
	for _, p := range m.Peak {
		if p.DType == dtype {
			return p
		}
	}
	return Peak{DType: dtype}
}

// Comparison is one job on several programs. The first row is what the others are compared with.
type Comparison struct {
	Title     string    `json:"title"`
	Job       string    `json:"job"`
	DType     string    `json:"dtype"`
	Unit      string    `json:"unit"`            // of the values
	Flops     float64   `json:"flops"`           // of the dense products of one unit of work
	Factor    float64   `json:"factor"`          // of the unit in a millisecond
	Trips     []float64 `json:"core_to_core_ns"` // of a number from core to core and back, before each round
	Expected  float64   `json:"expected"`        // the loss that every program must have after the same first steps, 0 where none is checked
	Tolerance float64   `json:"tolerance"`
	Rows      []Row     `json:"rows"`
}

// Row is one program.
type Row struct {
	Name    string    `json:"name"`
	Version string    `json:"version"`
	Library string    `json:"library"`
	Threads int       `json:"threads"`
	Tried   []int     `json:"threads_tried"`
	Values  []float64 `json:"values"` // one a round; all rows' round r were measured one behind the other
	Gate    float64   `json:"gate"`
	PeakMB  float64   `json:"peak_memory_mb"`
	Problem string    `json:"problem,omitempty"` // why there are no values
}

// Label is a program's name with its number of threads, where that is known.
func Label(name string, threads int) string {
	switch threads {
	case 0:
		return name
	case 1:
		return name + ", 1 thread"
	}
	return fmt.Sprintf("%s, %d threads", name, threads)
}

// Limit is the time of the dense products at the FMA peak of the cores that the programs may have, all or one; 0 where that is
// unknown.
func (c *Comparison) Limit(m *Machine) float64 {
	peak := m.PeakOf(c.DType).All
	if c.oneThread() {
		peak = m.PeakOf(c.DType).One
	}
	if peak == 0 {
		return 0
	}
	return c.Flops / peak / 1e6 * c.Factor
}

// oneThread says that all programs were held to one thread.
func (c *Comparison) oneThread() bool {
	return len(c.Rows) > 0 && !slices.ContainsFunc(c.Rows, func(r Row) bool { return !slices.Equal(r.Tried, []int{1}) })
}

// Check holds every row's loss to the expected one. A row that is off says so and loses its times: it did other work.
func (c *Comparison) Check() {
	if c.Expected == 0 {
		return
	}
	for i := range c.Rows {
		r := &c.Rows[i]
		if r.Problem == "" && !(math.Abs(r.Gate-c.Expected) <= c.Tolerance) {
			r.Problem = fmt.Sprintf("DIFFERENT WORK: loss %.7f, expected %.7f", r.Gate, c.Expected)
			r.Values = nil
		}
	}
}

// Ratios are how many times as long as row 0 a row took, round by round.
func (c *Comparison) Ratios(i int) (ratios []float64) {
	for r := range min(len(c.Rows[0].Values), len(c.Rows[i].Values)) {
		ratios = append(ratios, c.Rows[i].Values[r]/c.Rows[0].Values[r])
	}
	return ratios
}

// Product is one shape of a matrix product, in GFLOP/s by round.
type Product struct {
	Shape string           `json:"shape"`
	Size  int              `json:"size"` // of a square, else 0
	DType string           `json:"dtype"`
	Rates map[string]Rates `json:"gflops"` // by Contender
}

// Rates are one contender's, one a round.
type Rates []float64

// The contenders of Product.
const (
	PeakOne   = "FMA peak, 1 thread"
	BLASOne   = "OpenBLAS, 1 thread"
	NativeOne = "native, 1 thread"
	BLASAll   = "OpenBLAS, all cores"
	NativeAll = "native, all cores"
)

// Whole is the whole training program, start to exit, one value a round.
type Whole struct {
	Name    string    `json:"name"`
	Seconds []float64 `json:"seconds"`
	Train   []float64 `json:"train_seconds"`
	Eval    []float64 `json:"eval_seconds"`
	PeakMB  float64   `json:"peak_memory_mb"`
	Acc     float64   `json:"test_accuracy"`
	Curve   []Point   `json:"curve"` // of the first round
	Problem string    `json:"problem,omitempty"`
}

// Point is the accuracy on the test images so many seconds after the start.
type Point struct {
	Seconds  float64 `json:"seconds"`
	Accuracy float64 `json:"accuracy"`
}

// Compile is the time from a fresh graph to a program that can run, and what a step of it allocates.
type Compile struct {
	Name   string    `json:"name"`
	Net    string    `json:"net"`
	MS     []float64 `json:"ms"`
	Allocs float64   `json:"allocs_a_step"`
}

// Scaling is how time and memory grow with one size.
type Scaling struct {
	Name string `json:"name"` // what grows
	What string `json:"what"` // is timed
	Rows []Size `json:"rows"`
}

// Size is one row of Scaling.
type Size struct {
	Size   float64 `json:"size"`
	Flops  float64 `json:"flops"`
	MS     float64 `json:"ms"`
	PeakMB float64 `json:"peak_memory_mb"`
	Trip   float64 `json:"core_to_core_ns"` // of a number from core to core and back; 0 is unknown
}

// Exponents are those of time and memory over the size, and of time over the arithmetic.
func (s *Scaling) Exponents() (time, memory, arithmetic float64) {
	var size, flops, ms, mb []float64
	for _, r := range s.Rows {
		size, flops, ms, mb = append(size, r.Size), append(flops, r.Flops), append(ms, r.MS), append(mb, r.PeakMB)
	}
	return Fit(size, ms), Fit(size, mb), Fit(flops, ms)
}

// steep is the exponent of time over arithmetic from which the whole is flagged.
const steep = 1.1

// dearer is by how much the time of an operation may grow from one row to the next before the row is flagged.
const dearer = 1.25

// Grows says by how much an operation of row i takes longer than one of the row before, where that is a finding; else 0.
func (s *Scaling) Grows(i int) float64 {
	if i == 0 {
		return 0
	}
	a, b := s.Rows[i-1], s.Rows[i]
	if by := (b.MS / b.Flops) / (a.MS / a.Flops); by > dearer {
		return by
	}
	return 0
}
