package ir

import (
	"fmt"
	"slices"
	"strings"
)

// Group is a list of instructions that can be computed together, block by block over their common leading
// dimension: no row of one needs any other row of another.
type Group struct {
	Rows   int
	Instrs []ID
}

// Phase is a set of groups that do not depend on one another. Phases run one after the other.
type Phase []Group

// Schedule cuts the program into phases, by the dependences between rows. Reshapes and leaves are not scheduled:
// they do nothing. The result depends on the program alone, never on the machine.
func Schedule(p *Program) []Phase {
	s := newScheduler(p)
	for n, ph := range s.phases {
		s.phases[n] = slices.DeleteFunc(ph, func(g Group) bool { return len(g.Instrs) == 0 })
	}
	return s.phases
}

// rows is how many pieces an instruction can be cut into: its leading dimension, or 1 where each element needs all
// others.
func rows(in *Instr) int {
	if in.Op == Host || len(in.Shape) == 1 && (in.Op == Softmax || in.Op == LogLikelihoodGrad) {
		return 1
	}
	return in.Shape.Rows()
}

type scheduler struct {
	p      *Program
	phases []Phase
	phase  []int // of each instruction; -1 for leaves
	group  []int // within its phase
}

func newScheduler(p *Program) *scheduler {
	s := &scheduler{p: p, phase: make([]int, len(p.Instrs)), group: make([]int, len(p.Instrs))}
	for i := range p.Instrs {
		s.place(ID(i))
	}
	return s
}

func (s *scheduler) place(id ID) {
	in := s.p.At(id)
	s.phase[id], s.group[id] = -1, -1
	switch in.Op {
	case Input, Const:
		return
	case Reshape:
		src := in.Args[0]
		s.phase[id], s.group[id] = s.phase[src], s.group[src]
		return
	}
	if before := id - 1; id > 0 && s.p.At(before).beside(in) { // of one sweep
		s.add(id, s.phase[before], s.group[before])
		return
	}
	last := -1
	for _, a := range in.Args {
		last = max(last, s.phase[a])
	}
	join := s.joinable(id, last)
	if len(join) == 0 {
		s.open(id, last+1)
		return
	}
	s.merge(last, join)
	s.add(id, last, join[0])
}

func (s *scheduler) add(id ID, phase, group int) {
	home := &s.phases[phase][group]
	home.Instrs = append(home.Instrs, id)
	s.phase[id], s.group[id] = phase, group
}

// joinable lists the groups of the phase that hold arguments of the instruction, if it can run in step with all of
// them; none otherwise. Reshapes between them do not matter: equal numbers of rows are equal pieces of the memory. A group
// of one row is one piece, whatever its instructions read of each other; two such are not joined for that, but run side by side.
func (s *scheduler) joinable(id ID, phase int) []int {
	if phase < 0 {
		return nil
	}
	in := s.p.At(id)
	var groups []int
	local := true
	for i, a := range in.Args {
		if s.phase[a] != phase {
			continue
		}
		g := s.group[a]
		if s.phases[phase][g].Rows != rows(in) {
			return nil
		}
		local = local && s.p.Local(in, i)
		if !slices.Contains(groups, g) {
			groups = append(groups, g)
		}
	}
	if !local && (rows(in) != 1 || len(groups) > 1) {
		return nil
	}
	slices.Sort(groups)
	return groups
}

func (s *scheduler) open(id ID, phase int) {
	for len(s.phases) <= phase {
		s.phases = append(s.phases, nil)
	}
	s.phase[id], s.group[id] = phase, len(s.phases[phase])
	s.phases[phase] = append(s.phases[phase], Group{Rows: rows(s.p.At(id)), Instrs: []ID{id}})
}

// merge moves all listed groups into the first; the emptied ones stay, so that numbers keep their meaning, and
// are dropped by compact.
func (s *scheduler) merge(phase int, groups []int) {
	home := &s.phases[phase][groups[0]]
	for _, g := range groups[1:] {
		other := &s.phases[phase][g]
		home.Instrs = append(home.Instrs, other.Instrs...)
		other.Instrs = nil
		for i := range s.group {
			if s.phase[i] == phase && s.group[i] == g {
				s.group[i] = groups[0]
			}
		}
	}
	slices.Sort(home.Instrs)
}

// phaseOf inverts a schedule: the phase of each scheduled instruction, -1 for the others.
func phaseOf(p *Program, phases []Phase) []int {
	at := make([]int, len(p.Instrs))
	for i := range at {
		at[i] = -1
	}
	for n, ph := range phases {
		for _, g := range ph {
			for _, id := range g.Instrs {
				at[id] = n
			}
		}
	}
	return at
}

// FormatSchedule prints a schedule, one line a group.
func FormatSchedule(phases []Phase) string {
	var b strings.Builder
	for n, ph := range phases {
		for _, g := range ph {
			fmt.Fprintf(&b, "  phase %d, %d rows:", n, g.Rows)
			for _, id := range g.Instrs {
				fmt.Fprintf(&b, " %%%d", id)
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}
