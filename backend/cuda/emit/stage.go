package emit

import (
	"fmt"
	"maps"
	"slices"

	"github.com/stheno/stheno/ir"
)

// stage is work between two points where all blocks wait for each other: one kernel, or a launch for each piece.
type stage struct {
	name   string
	pieces []piece
	groups []group // side by side; none where each piece needs its own launch
	params map[ir.ID]bool
}

// piece is an instruction, or a sweep, or what is left of an instruction that cuBLAS has done.
type piece struct {
	id    ir.ID
	sweep []ir.ID // the values that it gives; id is the first
	in    *ir.Instr
	alone func() // launches it by itself
	task  task   // computes rows of it in a kernel with others; nil where that is not good
	each  int    // so many rows at least are good for a block
	tile  int    // the rows of a block are a multiple of it
}

func (s *stage) ids() []ir.ID {
	var ids []ir.ID
	for _, p := range s.pieces {
		ids = append(ids, p.sweep...)
	}
	return ids
}

// stages are what launches do, in order. Stages of one block are one.
func (e *emitter) stages(phases []ir.Phase) []*stage {
	var all []*stage
	for n, ph := range phases {
		for i, s := range e.phase(ph) {
			s.name = fmt.Sprintf("phase%d", n)
			if i > 1 {
				s.name += fmt.Sprintf("_%d", i/2)
			}
			if last := len(all) - 1; len(s.pieces) > 0 && (last < 0 || !all[last].then(s)) {
				all = append(all, s)
			}
		}
	}
	return all
}

// phase cuts a phase where instructions must be launched by themselves: what its groups do before these is one kernel, and so is
// what they do after them. Groups need nothing of each other, so that they share the cuts; one without any is in the last kernel.
func (e *emitter) phase(ph ir.Phase) []*stage {
	var cut, whole []line
	for _, g := range ph {
		if l := (line{g.Rows, e.pieces(g)}); slices.ContainsFunc(l.pieces, piece.cuts) {
			cut = append(cut, l)
		} else {
			whole = append(whole, l)
		}
	}
	var out []*stage // in turns a kernel and launches
	for _, l := range cut {
		out = l.place(out, 0)
	}
	last := max(0, len(out)-1) / 2 * 2
	for _, l := range whole {
		out = l.place(out, last)
	}
	for _, s := range out {
		if len(s.params) > mostParams {
			s.groups = nil
		}
		for i := range s.groups {
			g := &s.groups[i]
			g.each = ceil(max(g.each, ceil(g.rows, mostBlocks)), g.tile) * g.tile
		}
	}
	return out
}

// line is the pieces of a group, one after the other.
type line struct {
	rows   int
	pieces []piece
}

// place puts a line into stages, from one of the kernels on.
func (l line) place(stages []*stage, first int) []*stage {
	at := -1
	for _, p := range l.pieces {
		next := max(at, first)
		if launches := next%2 == 1; launches != p.cuts() {
			next++
		}
		for len(stages) <= next {
			stages = append(stages, &stage{params: map[ir.ID]bool{}})
		}
		if next != at && !p.cuts() {
			stages[next].groups = append(stages[next].groups, group{rows: l.rows, each: l.rows, tile: 1})
		}
		at = next
		stages[at].add(p)
	}
	return stages
}

// cuts says that a piece must be launched by itself.
func (p piece) cuts() bool { return p.task == nil }

// add puts a piece behind those of the last group.
func (s *stage) add(p piece) {
	s.pieces = append(s.pieces, p)
	for _, id := range p.sweep {
		s.params[id] = true
	}
	for _, a := range p.in.Args {
		s.params[a] = true
	}
	if !p.cuts() {
		g := &s.groups[len(s.groups)-1]
		g.tasks, g.each, g.tile = append(g.tasks, p.task), min(g.each, p.each), max(g.tile, p.tile)
	}
}

// then puts a stage behind another where each has one block: the same block does both, one after the other.
func (s *stage) then(next *stage) bool {
	if blocks(s.groups) != 1 || blocks(next.groups) != 1 || len(s.params)+len(next.params) > mostParams {
		return false
	}
	g := &s.groups[0]
	for _, t := range next.groups[0].tasks {
		rows := next.groups[0].rows
		g.tasks = append(g.tasks, func(w *ptx, _, _ string) { t(w, w.compute("mov.u32", 0), w.compute("mov.u32", rows)) })
	}
	s.pieces = append(s.pieces, next.pieces...)
	maps.Copy(s.params, next.params)
	return true
}

// pieces are a group's instructions. Empty values need none.
func (e *emitter) pieces(g ir.Group) []piece {
	var out []piece
	for _, sweep := range e.p.Sweeps(g) {
		id := sweep[0]
		in := e.p.At(id)
		if in.Op != ir.Host && in.Shape.Size() == 0 {
			continue
		}
		p := piece{id: id, sweep: sweep, in: in, alone: func() { e.instr(sweep, in) }, tile: 1}
		if e.large(in) || e.cut(in) {
			out = append(out, p)
			after := e.after(id, in)
			if after == nil {
				continue
			}
			p.in, p.alone = after, func() { e.chain("after", sweep, after) }
		}
		p.plan(e, g.Rows)
		if p.task != nil && e.within != nil {
			p.task = e.within(sweep, p.task)
		}
		out = append(out, p)
	}
	return out
}

// plan chooses how a block computes some of a group's rows of a piece, where it is good to have it in a kernel with others.
func (p *piece) plan(e *emitter, rows int) {
	op := p.in.Op
	if op == ir.Host {
		return
	}
	inner := p.in.Shape.Size() / rows
	switch {
	case op == ir.MatMul:
		e.matmulTask(p)
	case op == ir.Sum || op == ir.Max:
		e.reduceTask(p, inner)
	case op == ir.Softmax || op == ir.LogLikelihood || op == ir.LogLikelihoodGrad:
		e.rowsTask(p, rows)
	case (op == ir.Chain || op == ir.ViewOp || op.Elementwise()) && inner <= mostRow:
		p.task, p.each = e.chainTask(p.sweep, e.asChain(p.in), rows), max(1, block/inner)
	}
}
