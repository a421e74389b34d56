package main

import (
	"strings"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// function is one function from vectors to a vector, element by element. All that the package has of it follows from
// this: its kernels and their stubs, the generic loop, the field of the kernel sets, S… and D….
type function struct {
	name    string   // of the field, and behind S and D
	sources []string // the arguments
	element string   // what dst[i] becomes
	doc     string   // what else S…'s comment says, behind that
	wide    string   // what D…'s comment says of it, behind "is S… for float64"
	generic string   // in Go: a function of type func(dst, x []T); a loop over element, if empty
	kernel  algorithm
}

// algorithm asks for its constants, and gives what makes dst's vector of those of the sources.
type algorithm func(e machine) func(x []reg.VecVirtual) reg.VecVirtual

var (
	one = []string{"x"}
	two = []string{"x", "y"}
)

func unary(f func(e machine, x Op) reg.VecVirtual) algorithm {
	return func(e machine) func(x []reg.VecVirtual) reg.VecVirtual {
		return func(x []reg.VecVirtual) reg.VecVirtual { return f(e, x[0]) }
	}
}

func binary(f func(e machine, x, y Op) reg.VecVirtual) algorithm {
	return func(e machine) func(x []reg.VecVirtual) reg.VecVirtual {
		return func(x []reg.VecVirtual) reg.VecVirtual { return f(e, x[0], x[1]) }
	}
}

// of wraps an algorithm that has one argument.
func of(f func(e machine) func(x reg.VecVirtual) reg.VecVirtual) algorithm {
	return func(e machine) func(x []reg.VecVirtual) reg.VecVirtual {
		body := f(e)
		return func(x []reg.VecVirtual) reg.VecVirtual { return body(x[0]) }
	}
}

// title is the name as it stands behind a prefix.
func (f function) title() string { return strings.ToUpper(f.name[:1]) + f.name[1:] }

// write writes the kernel.
func (f function) write(e machine) {
	e.begin(f.title(), f.params()+" []%[1]s", loopDoc(f.element))
	e.each(f.sources, f.kernel(e))
}

func (f function) params() string { return "dst, " + strings.Join(f.sources, ", ") }

// loopDoc is what a kernel's comment says.
func loopDoc(element string) string {
	return "\tfor i := range dst {\n\t\tdst[i] = " + element + "\n\t}"
}
