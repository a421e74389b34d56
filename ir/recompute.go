package ir

import "slices"

// recipe is a way to compute a value a second time, for a pass that reads what it is made of. It saves a store and a read and costs
// a step.
type recipe struct {
	name string
	from int // elements: a smaller value is in a cache, where a store and a read cost less than the step
	ops  []Op
	args func(r *recomputer, id, reader ID) ([]ID, bool) // of the second time; false where the reader's pass does not have them
}

// recipes, with the sizes from which they were not slower on the host. A pass that must read another array instead of the value
// is slower at any size: where the value lies the reader's result could go.
var recipes = []recipe{
	{"shifted or scaled by a number", 1 << 22, []Op{Add, Sub, Mul}, (*recomputer).besideNumber},
	{"compared with a number", 1 << 23, []Op{Less, LessEq, Equal}, (*recomputer).besideNumber},
	{"a rectifier's mask, from its value", 1 << 23, []Op{Less}, (*recomputer).ofRectified},
}

// Recompute computes a cheap value again at each later moment that reads it, where its arguments are read then: it need not be stored.
func Recompute(p *Program) *Program { return recompute(p, recipes) }

func recompute(p *Program, recipes []recipe) *Program {
	r := &recomputer{joiner: newJoiner(p), kept: p.stored(p.readsDirectly), updated: map[ID]bool{}}
	for _, u := range p.Updates {
		r.updated[u.Into] = true
	}
	type copy struct {
		id ID
		at moment
	}
	copies := map[copy]ID{} // in the new program
	var at []ID             // of the new program, by the old
	return rewrite(p, func(q *Program, old ID, in Instr) ID {
		for i, a := range p.At(old).Args {
			args := r.again(recipes, a, old)
			if args == nil {
				continue
			}
			c := copy{a, r.at[old]}
			if _, known := copies[c]; !known {
				v := *p.At(a)
				v.Args = rename(args, at)
				copies[c] = q.emit(v)
			}
			in.Args[i] = copies[c]
		}
		at = append(at, q.emit(in))
		return at[old]
	})
}

// recomputer knows what is in memory, and who reads it when.
type recomputer struct {
	*joiner
	kept    []bool // values that an output, an update or an instruction needs that does not read them in a pass over them
	updated map[ID]bool
}

// again says from what a value is computed a second time for a reader; nil if it is not.
func (r *recomputer) again(recipes []recipe, id, reader ID) []ID {
	if r.kept[id] || !r.p.readsDirectly(id, reader) || r.at[id] == r.at[reader] {
		return nil
	}
	for _, rule := range recipes {
		if in := r.p.At(id); in.Shape.Size() >= rule.from && slices.Contains(rule.ops, in.Op) {
			if args, ok := rule.args(r, id, reader); ok {
				return args
			}
		}
	}
	return nil
}

// inMemory tells whether a value is stored whatever is recomputed, and is later what it is now.
func (r *recomputer) inMemory(id ID) bool {
	for in := r.p.At(id); in.Op == Reshape || in.Op == ViewOp; in = r.p.At(id) {
		id = in.Args[0]
	}
	return !r.updated[id] && (r.kept[id] || !r.p.At(id).Op.Elementwise())
}

// readBeside tells whether the pass of a reader reads a value, too.
func (r *recomputer) readBeside(id, reader ID) bool {
	return r.inMemory(id) && slices.ContainsFunc(r.readers[id], func(near ID) bool {
		return near >= 0 && r.at[near] == r.at[reader] && r.p.At(near).Op.Elementwise() && r.p.At(near).Shape.Eq(r.p.At(reader).Shape)
	})
}

// besideNumber: one argument is a number, or a row or a column of them.
func (r *recomputer) besideNumber(id, reader ID) ([]ID, bool) {
	in := r.p.At(id)
	for i, number := range in.Args {
		if root, _ := r.p.source(number, in.Shape); r.p.At(root).Shape.Size() < in.Shape.Size() {
			return in.Args, r.inMemory(number) && r.readBeside(in.Args[1-i], reader)
		}
	}
	return nil, false
}

// ofRectified: y = x·(0 < x) is above 0 where x is, to the bit, so that the mask 0 < x is 0 < y. It is not so with ≤.
func (r *recomputer) ofRectified(id, reader ID) ([]ID, bool) {
	in := r.p.At(id)
	if v, ok := r.p.scalarConst(in.Args[0]); !ok || v != 0 {
		return nil, false
	}
	for _, y := range r.readers[id] {
		mul := r.p.At(y)
		if mul.Op == Mul && slices.Contains(mul.Args, in.Args[1]) && mul.Args[0] != mul.Args[1] && y < reader && r.readBeside(y, reader) {
			return []ID{in.Args[0], y}, true
		}
	}
	return nil, false
}
