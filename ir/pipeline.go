package ir

// Pipeline overlaps a step with the one before it (software pipelining; Lam, 1988): what a step computes for its updates is
// done for one batch while what it computes after them, such as the loss that the book reports, is done for the batch before.
// Both need the same parameters, so that neither waits for the other.
//
// The result makes the updates of p, and its outputs are those that p had in the run before: where p reads an updated value,
// it reads the input that holds it since then, and instead of an input of batch another, of the name Late(name). No value is for
// both. Where an output needs what the updates have overwritten, there is no such program and the result is nil.
func Pipeline(p *Program, batch ...ID) *Program {
	l := &latecomer{p: p, q: p.Clone(), at: map[ID]ID{}}
	for _, id := range batch {
		in := *p.At(id)
		in.Name = Late(in.Name)
		l.at[id] = l.q.emit(in)
	}
	for _, u := range p.Updates {
		if u.Value == u.Into {
			continue
		}
		if _, known := l.at[u.Into]; known {
			return nil // a batch that a step writes to
		}
		l.at[u.Into] = -1
	}
	for _, u := range p.Updates {
		l.at[u.Value] = u.Into
	}
	for i, o := range p.Outputs {
		if l.q.Outputs[i] = l.value(o); l.q.Outputs[i] < 0 {
			return nil
		}
	}
	return Prune(Snapshot(l.q))
}

// Late names the input for the batch before by the name of that for the batch.
func Late(name string) string { return name + " before" }

// latecomer appends to q the values that p had in the run before.
type latecomer struct {
	p, q *Program
	at   map[ID]ID // where q has them; -1 where it cannot
}

func (l *latecomer) value(id ID) ID {
	if at, known := l.at[id]; known {
		return at
	}
	in := *l.p.At(id)
	if in.Op == Input || in.Op == Const {
		return id
	}
	args := make([]ID, len(in.Args))
	for i, a := range in.Args {
		if args[i] = l.value(a); args[i] < 0 {
			l.at[id] = -1
			return -1
		}
	}
	in.Args = args
	l.at[id] = l.q.emit(in)
	return l.at[id]
}
