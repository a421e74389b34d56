package backendtest

import (
	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
)

type allocCase struct {
	name string
	unit *backend.Unit
	in   map[string][]float64
}

// allocCases are all ops, small and cut into blocks, reductions over axes that are apart, and whole programs. Host
// ops are not the engine's.
func allocCases(e backend.Engine) []allocCase {
	var cases []allocCase
	add := func(name string, g *irtest.Gen, make func(e backend.Engine, p *ir.Program) *backend.Unit, id ir.ID) {
		p, err := g.Done([]ir.ID{id})
		if err != nil {
			panic(err) // our own bug: the cases stand below
		}
		cases = append(cases, allocCase{name, make(e, p), g.In})
	}
	for _, op := range ir.Ops() {
		if op == ir.Host {
			continue
		}
		for _, s := range []ir.Shape{{5, 3}, {301, 1001}} {
			g := irtest.New(op.String(), ir.Float32, 1)
			add(op.String()+" "+s.String(), g, raw, g.Sample(op, s))
		}
	}
	for _, op := range []ir.Op{ir.Sum, ir.Max} {
		g := irtest.New(op.String(), ir.Float32, 1)
		add(op.String()+" of axes that are apart", g, raw, g.Emit(ir.Instr{Op: op, Args: []ir.ID{g.Arg(4, 5, 6)}, Axes: []int{0, 2}}))
	}
	p, in := heavy(ir.Float32, 1)
	return append(cases, allocCase{"a network", backend.Prepare(e, p), in})
}
