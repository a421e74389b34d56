package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"os"
	"strings"

	"github.com/mmcloughlin/avo/reg"
)

// neon writes Go assembly for arm64, which avo does not know. A kernel has dst in R0, the elements left in R1 and the
// sources from R2 on.
type neon struct {
	elem
	asm, stubs bytes.Buffer
	fresh      *reg.Collection
	unroll     []int          // vectors in each of the loops that follow each other
	params     map[string]int // offsets in the frame
	returned   string         // the result's name
	code       []line
	loops      [][2]int                          // first and last lines
	forks      int                               // see fork
	moved      map[reg.VecVirtual]reg.VecVirtual // see mulAdd
}

// line is one line of assembly, to be formatted once the numbers of its registers are known.
type line struct {
	text func(args ...any) string
	args []any // a reg.VecVirtual becomes a number
}

// newNeon unrolls the loops with few instructions for each vector.
func newNeon(file string) *neon {
	e := &neon{fresh: reg.NewCollection(), unroll: []int{1}}
	if file == "arithmetic_neon" {
		e.unroll = []int{4, 1}
	}
	return e
}

// literal is a pattern of an element, not in a register yet.
type literal uint64

func (l literal) Asm() string { return fmt.Sprintf("$%#x", uint64(l)) }

func (e *neon) of(t elem) { e.elem = t }

// lanes is the number of elements in a vector of 16 bytes.
func (e *neon) lanes() int { return 16 / e.size }

// emit adds a line; %v stands for a register's number.
func (e *neon) emit(format string, args ...any) {
	for i, a := range args {
		if v, ok := a.(reg.VecVirtual); ok {
			args[i] = e.now(v)
		}
	}
	e.code = append(e.code, line{func(args ...any) string { return fmt.Sprintf(format, args...) }, args})
}

func (e *neon) mark(label string) { e.emit("\n" + label + ":") }

// fork is a new label.
func (e *neon) fork() string {
	e.forks++
	return fmt.Sprintf("loaded%d", e.forks)
}

// loop writes a body that ends in a jump back to its label.
func (e *neon) loop(label string, body func()) {
	first := len(e.code)
	e.mark(label)
	body()
	e.loops = append(e.loops, [2]int{first, len(e.code) - 1})
}

// begin starts a function: it lays out the frame and writes the stub.
func (e *neon) begin(name, params, doc string) {
	name = e.prefix + name + "NEON"
	signature := fmt.Sprintf("("+params+")", e.elem.name)
	if e.stubs.Len() > 0 {
		fmt.Fprintln(&e.stubs)
	}
	for _, l := range describe(name, doc) {
		if l != "" && l[0] != '\t' {
			l = " " + l
		}
		fmt.Fprintln(&e.stubs, "//"+l)
	}
	fmt.Fprintln(&e.stubs, "//\n//go:noescape")
	fmt.Fprintf(&e.stubs, "func %s%s\n", name, signature)

	size := e.layOut(signature)
	fmt.Fprintf(&e.asm, "\n// func %s%s\nTEXT ·%s(SB), NOSPLIT, $0-%d\n", name, signature, name, size)
	e.code, e.loops, e.forks = nil, nil, 0
	e.moved = map[reg.VecVirtual]reg.VecVirtual{}
}

// layOut finds the places of parameters and of a result, and the bytes of all.
func (e *neon) layOut(signature string) int {
	f, err := parser.ParseExpr("func" + signature)
	if err != nil {
		panic(err) // our own bug: the signature is not Go
	}
	e.params = map[string]int{}
	at := 0
	t := f.(*ast.FuncType)
	for _, f := range t.Params.List {
		size := 24 // of a slice
		if _, ok := f.Type.(*ast.Ident); ok {
			size = 8 // of an int
		}
		for _, n := range f.Names {
			e.params[n.Name] = at
			at += size
		}
	}
	if t.Results != nil {
		e.returned = t.Results.List[0].Names[0].Name
		e.params[e.returned] = at
		at += e.size
	}
	return at
}

// end returns, and prints the function.
func (e *neon) end() {
	e.emit("RET")
	numbers := e.allocate()
	for _, l := range e.code {
		args := make([]any, len(l.args))
		for i, a := range l.args {
			args[i] = a
			if v, ok := a.(reg.VecVirtual); ok {
				args[i] = numbers[v]
			}
		}
		text := l.text(args...)
		if !strings.HasSuffix(text, ":") {
			text = "\t" + text
		}
		fmt.Fprintln(&e.asm, text)
	}
}

// allocate gives each virtual register a number, from its first line to its last. A register that comes from outside
// of a loop lives until the loop's end.
func (e *neon) allocate() map[reg.VecVirtual]int {
	first, last := map[reg.VecVirtual]int{}, map[reg.VecVirtual]int{}
	for i, l := range e.code {
		for _, a := range l.args {
			if v, ok := a.(reg.VecVirtual); ok {
				if _, ok := first[v]; !ok {
					first[v] = i
				}
				last[v] = i
			}
		}
	}
	for v, at := range last {
		for _, l := range e.loops {
			if first[v] < l[0] && l[0] <= at && at < l[1] {
				last[v] = l[1]
			}
		}
	}
	numbers := map[reg.VecVirtual]int{}
	var owner [32]reg.VecVirtual
	for i, l := range e.code {
		for n, v := range owner {
			if v != nil && (last[v] < i || last[v] == i && first[v] < i) {
				owner[n] = nil
			}
		}
		for _, a := range l.args {
			v, ok := a.(reg.VecVirtual)
			if _, done := numbers[v]; !ok || done {
				continue
			}
			n := 0
			for ; n < len(owner) && owner[n] != nil; n++ {
			}
			if n == len(owner) {
				panic("gen: too many vectors at once") // our own bug: the kernels are in this package
			}
			owner[n], numbers[v] = v, n
		}
	}
	return numbers
}

// write makes the files of one subject.
func (e *neon) write(asm, stubs string) error {
	head := head() + "//go:build arm64\n\n"
	if err := os.WriteFile(asm, append([]byte(head+"#include \"textflag.h\"\n"), e.asm.Bytes()...), 0o644); err != nil {
		return err
	}
	return os.WriteFile(stubs, append([]byte(head+"package native\n\n"), e.stubs.Bytes()...), 0o644)
}
