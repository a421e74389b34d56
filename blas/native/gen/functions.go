package main

import (
	"fmt"
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
	scalar  string   // in Go: the function for one float64; or
	generic string   // in Go: the function for vectors; or a loop over element
	kernel  algorithm
	limit   func(e machine) float64 // from which on, in size, the kernel leaves an element to scalar; none, if nil
}

// algorithm asks for its constants, and gives what makes dst's vector of those of the sources.
type algorithm func(e machine) func(x []reg.VecVirtual) reg.VecVirtual

var (
	one   = []string{"x"}
	two   = []string{"x", "y"}
	three = []string{"x", "y", "z"}
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
	if f.limit != nil {
		f.writeLimited(e)
		return
	}
	e.begin(f.title(), f.params()+" []%[1]s", loopDoc(f.element))
	e.each(f.sources, f.kernel(e))
	e.end()
}

// writeLimited writes a kernel that copies what is too large for it, or no number, and returns whether there was any.
func (f function) writeLimited(e machine) {
	limit := f.limit(e)
	e.begin(f.title(), f.params()+" []%[1]s) (left %[1]s", loopDoc(f.element)+
		fmt.Sprintf("\n\nwhere |x[i]| < %v. Other elements become x[i], and left is not 0.", limit))
	body, most, size := f.kernel(e), e.constant(limit), e.bits(pick[uint64](e, 1<<31-1, 1<<63-1))
	left := e.copy(e.rare(0))
	e.each(f.sources, func(x []reg.VecVirtual) reg.VecVirtual {
		y := body(x)
		abs := e.and(x[0], size)
		e.where(abs, notLess, most, x[0], y)
		e.where(abs, notLess, most, e.reg(e.rare(1)), left)
		return y
	})
	e.result(e.fold(left, e.larger))
}

func (f function) params() string { return "dst, " + strings.Join(f.sources, ", ") }

// loopDoc is what a kernel's comment says.
func loopDoc(element string) string {
	return "\tfor i := range dst {\n\t\tdst[i] = " + element + "\n\t}"
}
