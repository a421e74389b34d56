package graph

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"
)

// Explain prints the compiled program: what it is given, then its instructions in the order in which they run, with shapes,
// bytes, floating-point operations and where each value is kept. Instructions of one phase do not wait for one another; a
// group of them goes over rows, which are cut into blocks for the cores.
func (p *Executable) Explain() string {
	e := explainer{p.unit.Program, p.unit.Plan}
	var b strings.Builder
	e.given(&b)
	e.instructions(&b, p.unit.Phases)
	e.sums(&b)
	return b.String()
}

type explainer struct {
	*ir.Program
	plan *ir.Plan
}

// name is how a value is called: an input by its name, a number by its value.
func (e *explainer) name(id ir.ID) string {
	switch in := e.At(id); {
	case in.Op == ir.Input:
		return in.Name
	case in.Op == ir.Const && len(in.Data) == 1:
		return fmt.Sprintf("%.6g", in.Data[0])
	case in.Op == ir.Reshape:
		return e.name(in.Args[0])
	}
	return fmt.Sprintf("%%%d", id)
}

func (e *explainer) bytes(in *ir.Instr) int { return in.Shape.Size() * e.DType.Bytes() }

func (e *explainer) given(b *strings.Builder) {
	fmt.Fprintf(b, "program %s, %v\n\n%-50s %-12s %10s\n", e.Name, e.DType, "given", "shape", "bytes")
	for i := range e.Instrs {
		in, id := e.At(ir.ID(i)), ir.ID(i)
		if in.Op != ir.Input && (in.Op != ir.Const || len(in.Data) == 1) {
			continue
		}
		note := ""
		for _, u := range e.Updates {
			if u.Into == id {
				note = "  becomes " + e.name(u.Value)
			}
		}
		what := e.name(id)
		if in.Op == ir.Const {
			what += " constant"
		}
		fmt.Fprintf(b, "%-50s %-12v %10d%s\n", what, in.Shape, e.bytes(in), note)
	}
}

func (e *explainer) instructions(b *strings.Builder, phases []ir.Phase) {
	fmt.Fprintf(b, "\n%-50s %-12s %10s %10s  kept in\n", "instruction", "shape", "bytes", "flops")
	for n, phase := range phases {
		for _, g := range phase {
			fmt.Fprintf(b, "phase %d, %d rows\n", n, g.Rows)
			for _, id := range g.Instrs {
				in := e.At(id)
				fmt.Fprintf(b, "  %-48s %-12v %10d %10d  %s\n", fmt.Sprintf("%%%d = %s", id, e.DescribeBy(id, e.name)), in.Shape, e.bytes(in), e.Flops(in), e.place(id))
			}
		}
	}
}

// place is where a value is kept: in the arena, which values of other times share, or in the place of another value.
func (e *explainer) place(id ir.ID) string {
	if at := e.plan.Offset[id]; at >= 0 {
		return fmt.Sprintf("arena, byte %d", at*e.DType.Bytes())
	}
	return e.name(e.plan.Alias[id])
}

func (e *explainer) sums(b *strings.Builder) {
	outputs, fallback, flops := []string{}, []string{}, 0
	for _, o := range e.Outputs {
		outputs = append(outputs, e.name(o))
	}
	for i := range e.Instrs {
		in := e.At(ir.ID(i))
		flops += e.Flops(in)
		if in.Op == ir.Host {
			fallback = append(fallback, fmt.Sprintf("%%%d %s", i, in.Name))
		}
	}
	fmt.Fprintf(b, "\nreturns %s; %d flops a run; an arena of %d bytes\n", strings.Join(outputs, " "), flops, e.plan.Arena*e.DType.Bytes())
	for _, c := range e.plan.Copies {
		fmt.Fprintf(b, "at the end, %%%d is copied to %s\n", c.Value, e.name(c.Into))
	}
	if len(fallback) > 0 {
		fmt.Fprintf(b, "run on the host, by a function: %s\n", strings.Join(fallback, ", "))
	}
}

// Timing is the time that one instruction takes.
type Timing struct {
	Instr string
	Shape ir.Shape
	Time  time.Duration
}

// Profile runs the program several times, instruction by instruction on one core, and gives the median time of each
// that does work, longest first.
func (p *Executable) Profile(runs int) ([]Timing, error) {
	x, ok := p.exec.(backend.Profiler)
	if !ok {
		return nil, fmt.Errorf("program %s: its engine does not take the time of instructions", p.spec.Name)
	}
	samples := map[int][]time.Duration{}
	for range runs {
		times, err := x.Profile()
		if err != nil {
			return nil, err
		}
		for i, t := range times {
			if t > 0 {
				samples[i] = append(samples[i], t)
			}
		}
	}
	var out []Timing
	for i, s := range samples {
		slices.Sort(s)
		in := p.unit.Program.At(ir.ID(i))
		out = append(out, Timing{fmt.Sprintf("%%%d = %s", i, in.Describe()), in.Shape, s[len(s)/2]})
	}
	slices.SortFunc(out, func(a, b Timing) int {
		if a.Time != b.Time {
			return int(b.Time - a.Time)
		}
		return strings.Compare(a.Instr, b.Instr)
	})
	return out, nil
}
