package graph

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"stheno/ir"
)

// Explain prints the compiled program: each instruction with its shape, bytes and floating point operations, which
// ops fell back to Gorgonia's own code, the schedule and the memory plan.
func (p *Program) Explain() string {
	q := p.unit.Program
	var b strings.Builder
	fmt.Fprintf(&b, "program %s %s on %s\n", q.Name, q.DType, p.describeOutputs())
	fmt.Fprintf(&b, "  %-48s %-12s %12s %14s\n", "instruction", "shape", "bytes", "flops")
	flops, fallback := 0, []string{}
	for i := range q.Instrs {
		in := q.At(ir.ID(i))
		n := q.Flops(in)
		flops += n
		fmt.Fprintf(&b, "  %-48s %-12v %12d %14d\n", fmt.Sprintf("%%%d = %s", i, in.Describe()), in.Shape, in.Shape.Size()*q.DType.Bytes(), n)
		if in.Op == ir.Host {
			fallback = append(fallback, fmt.Sprintf("%%%d %s", i, in.Name))
		}
	}
	for _, u := range q.Updates {
		fmt.Fprintf(&b, "  %q <- %%%d\n", q.At(u.Into).Name, u.Value)
	}
	fmt.Fprintf(&b, "  %d flops a run\n", flops)
	if len(fallback) > 0 {
		fmt.Fprintf(&b, "  run through Gorgonia's own code: %s\n", strings.Join(fallback, ", "))
	}
	b.WriteString(ir.FormatSchedule(p.unit.Phases))
	b.WriteString(p.unit.Plan.Format(q))
	return b.String()
}

func (p *Program) describeOutputs() string {
	names := make([]string, len(p.unit.Program.Outputs))
	for i, o := range p.unit.Program.Outputs {
		names[i] = fmt.Sprintf("%%%d", o)
	}
	return fmt.Sprintf("%d instructions, outputs [%s]", len(p.unit.Program.Instrs), strings.Join(names, " "))
}

// Timing is the time that one instruction takes.
type Timing struct {
	Instr string
	Shape ir.Shape
	Time  time.Duration
}

// Profile runs the program several times, instruction by instruction on one core, and gives the median time of each
// that does work, longest first.
func (p *Program) Profile(runs int) ([]Timing, error) {
	samples := map[int][]time.Duration{}
	for range runs {
		times, err := p.exec.Profile()
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
