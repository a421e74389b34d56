package ir

import (
	"fmt"
	"slices"
	"strings"
)

// Plan says where every value of a scheduled program lives. It is made once, from lifetimes alone: a run allocates
// nothing.
type Plan struct {
	Arena  int      // elements of scratch memory
	Offset []int    // of each value in the arena; -1 where it lives elsewhere
	Alias  []ID     // the value whose memory each value shares: itself, a reshape's source, an updated input, or an argument that it overwrites; never a later one
	Copies []Update // updates that could not be made in place: copied after the last phase
}

// PlanMemory assigns arena offsets so that values whose lifetimes (in phases) do not overlap share memory, and
// makes updates in place where every other reader of the old value is done a phase before.
func PlanMemory(p *Program, phases []Phase) *Plan {
	pl := &Plan{Offset: make([]int, len(p.Instrs)), Alias: make([]ID, len(p.Instrs))}
	for i := range pl.Alias {
		pl.Alias[i] = ID(i)
		if in := p.At(ID(i)); in.Op == Reshape {
			pl.Alias[i] = pl.Alias[in.Args[0]]
		}
	}
	at := phaseOf(p, phases)
	pl.updateInPlace(p, at)
	pl.reuseArguments(p, at)
	pl.place(p, at, len(phases))
	return pl
}

// updateInPlace lets the value of an update live in the input that it replaces.
func (pl *Plan) updateInPlace(p *Program, at []int) {
	for _, u := range p.Updates {
		into, val := pl.Alias[u.Into], pl.Alias[u.Value]
		if p.At(val).Op == Input || p.At(val).Op == Const || val < into || !pl.lastReader(p, at, into, val) {
			pl.Copies = append(pl.Copies, u)
			continue
		}
		pl.move(val, into)
	}
}

// move lets a value, and the reshapes of it, live in the memory of another.
func (pl *Plan) move(val, into ID) {
	for i := range pl.Alias {
		if pl.Alias[i] == val {
			pl.Alias[i] = into
		}
	}
}

// reuseArguments lets a value overwrite an argument that it reads position by position and that nobody else needs: less memory to
// bring into the cache. Of a sweep the last result comes first: when it is computed, the steps before it have read the argument.
func (pl *Plan) reuseArguments(p *Program, at []int) {
	for i := 0; i < len(p.Instrs); {
		first, last := p.sweep(ID(i))
		for val := last; val >= first; val-- {
			pl.reuseArgument(p, at, val)
		}
		i = int(last) + 1
	}
}

func (pl *Plan) reuseArgument(p *Program, at []int, val ID) {
	if pl.Alias[val] != val {
		return
	}
	in := p.At(val)
	for i, a := range in.Args {
		arg := pl.Alias[a]
		if at[arg] >= 0 && in.readsInPlace(i) && p.At(arg).Shape.Size() == in.Shape.Size() && pl.lastReader(p, at, arg, val) {
			pl.move(val, arg)
			return
		}
	}
}

// lastReader reports whether val can overwrite into: it and those of its sweep read it position by position, or not at all, and
// nobody else reads the old value in the same phase or later, or as an output.
func (pl *Plan) lastReader(p *Program, at []int, into, val ID) bool {
	for _, o := range p.Outputs {
		if pl.Alias[o] == into {
			return false
		}
	}
	for _, u := range p.Updates {
		if pl.Alias[u.Value] == into {
			return false
		}
	}
	first, last := p.sweep(val)
	for mate := first; mate <= last; mate++ {
		if mate != val && pl.Alias[mate] == into {
			return false
		}
	}
	for i := range p.Instrs {
		in := p.At(ID(i))
		if in.Op == Reshape {
			continue
		}
		for j, a := range in.Args {
			if pl.Alias[a] != into {
				continue
			}
			if ID(i) >= first && ID(i) <= last && in.readsInPlace(j) {
				continue
			}
			if at[i] >= at[val] {
				return false
			}
		}
	}
	return true
}

// readsInPlace reports whether nobody reads element i of the argument once element i of the result is written: it is read for that
// element only, or for its row of classes, all of which is read before the first is written.
func (in *Instr) readsInPlace(arg int) bool {
	switch in.Op {
	case Chain:
		return in.Views[arg].IsIdentity(in.Shape)
	case MatMul:
		return in.Acc && arg == 2
	case Softmax:
		return true
	case LogLikelihoodGrad:
		return arg < 2 // the factor is read for all rows
	}
	return in.Op.Elementwise()
}

// place gives every scheduled value its offset: largest first within a phase, each into the lowest gap that is free
// while it lives.
func (pl *Plan) place(p *Program, at []int, phases int) {
	last := make([]int, len(p.Instrs))
	for i := range p.Instrs {
		last[i] = max(last[i], at[i])
		for _, a := range p.Instrs[i].Args {
			last[pl.Alias[a]] = max(last[pl.Alias[a]], at[i])
		}
	}
	for _, o := range p.Outputs {
		last[pl.Alias[o]] = phases
	}
	for _, c := range pl.Copies {
		last[pl.Alias[c.Value]] = phases
	}
	var order []ID
	for i := range p.Instrs {
		pl.Offset[i] = -1
		if at[i] >= 0 && pl.Alias[i] == ID(i) {
			order = append(order, ID(i))
		}
	}
	slices.SortStableFunc(order, func(a, b ID) int {
		return p.At(b).Shape.Size() - p.At(a).Shape.Size()
	})
	var placed []ID
	for _, id := range order {
		var busy []ID
		for _, other := range placed {
			if at[other] <= last[id] && at[id] <= last[other] {
				busy = append(busy, other)
			}
		}
		slices.SortFunc(busy, func(a, b ID) int { return pl.Offset[a] - pl.Offset[b] })
		offset, size := 0, aligned(p.At(id).Shape.Size())
		for _, other := range busy {
			if offset+size <= pl.Offset[other] {
				break
			}
			offset = max(offset, pl.Offset[other]+aligned(p.At(other).Shape.Size()))
		}
		pl.Offset[id] = offset
		pl.Arena = max(pl.Arena, offset+size)
		placed = append(placed, id)
	}
}

// aligned rounds a size up to 16 elements: a cache line of float32, two of float64.
func aligned(n int) int { return (n + 15) &^ 15 }

// Format prints the plan, one line a value that has memory of its own or overwrites an input.
func (pl *Plan) Format(p *Program) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  arena: %d elements, %d bytes\n", pl.Arena, pl.Arena*p.DType.Bytes())
	for i := range p.Instrs {
		in := p.At(ID(i))
		switch {
		case in.Op == Input || in.Op == Const || in.Op == Reshape:
		case pl.Offset[i] >= 0:
			fmt.Fprintf(&b, "  %%%d at %d, %d elements\n", i, pl.Offset[i], in.Shape.Size())
		case pl.Alias[i] != ID(i):
			old := fmt.Sprintf("%%%d", pl.Alias[i])
			if root := p.At(pl.Alias[i]); root.Op == Input {
				old = fmt.Sprintf("%q", root.Name)
			}
			fmt.Fprintf(&b, "  %%%d in place of %s\n", i, old)
		}
	}
	for _, c := range pl.Copies {
		fmt.Fprintf(&b, "  %%%d copied to %q\n", c.Value, p.At(c.Into).Name)
	}
	return b.String()
}
