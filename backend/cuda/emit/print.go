package emit

import (
	"fmt"
	"strings"

	"github.com/stheno/stheno/ir"
)

// String prints the launches, a line each, and the PTX of the program's own kernels.
func (p *Code) String() string {
	var b strings.Builder
	for _, s := range p.Launches {
		if l := s.Product; l != nil {
			fmt.Fprintf(&b, "  %s: cuBLAS(%s)\n", formatIDs(s.IDs), l)
			continue
		}
		if s.Kernel == "" {
			fmt.Fprintf(&b, "  %s: on the host\n", formatIDs(s.IDs))
			continue
		}
		what := ""
		if len(s.IDs) > 0 {
			what = formatIDs(s.IDs) + ": "
		}
		fmt.Fprintf(&b, "  %s%s<<<%d>>>(%s)\n", what, s.Kernel, s.Grid, formatArgs(s.Args))
	}
	if p.Scratch > 0 {
		fmt.Fprintf(&b, "  scratch: %d elements\n", p.Scratch)
	}
	return b.String() + p.Source
}

// String prints a product as formulas are written.
func (l *Product) String() string {
	mark := func(t bool) string {
		if t {
			return "ᵀ"
		}
		return ""
	}
	text := fmt.Sprintf("%%%d = %%%d%s · %%%d%s", l.C, l.A, mark(l.TransA), l.B, mark(l.TransB))
	if l.Factor >= 0 {
		text = fmt.Sprintf("%%%d += %%%d · %%%d%s · %%%d%s", l.C, l.Factor, l.A, mark(l.TransA), l.B, mark(l.TransB))
	}
	return fmt.Sprintf("%s, %dx%dx%d", text, l.M, l.N, l.K)
}

func formatIDs(ids []ir.ID) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = fmt.Sprintf("%%%d", id)
	}
	return strings.Join(words, " ")
}

// loopKinds are the names of what repeats a program gets.
var loopKinds = map[Kind]string{
	Table: "table", Into: "into", Indices: "indices", Result: "result", Results: "results", Counter: "counter", Runs: "runs",
}

func formatArgs(args []Arg) string {
	words := make([]string, len(args))
	for i, a := range args {
		switch a.Kind {
		case Pointer:
			words[i] = fmt.Sprintf("%%%d", a.Value)
		case Null:
			words[i] = "null"
		case Scratch:
			words[i] = fmt.Sprintf("scratch+%d", a.Int)
		case Int:
			words[i] = fmt.Sprint(a.Int)
		case Table, Into:
			words[i] = fmt.Sprintf("%s %d", loopKinds[a.Kind], a.Int)
		default:
			words[i] = loopKinds[a.Kind]
		}
	}
	return strings.Join(words, ", ")
}

// Describe says in a line what a step is, for errors.
func (s *Launch) Describe(p *ir.Program) string {
	words := make([]string, len(s.IDs))
	for i, id := range s.IDs {
		words[i] = fmt.Sprintf("%%%d = %s, %v", id, p.At(id).Op, p.At(id).Shape)
	}
	return strings.Join(words, "; ")
}
