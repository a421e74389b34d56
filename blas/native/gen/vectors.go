package main

import (
	"fmt"
	"go/doc/comment"
	"slices"
	"strings"
)

// functions are all, in the order in which they are listed.
var functions = slices.Concat(transcendentals, arithmetic)

// writeVectors writes what every machine has of the functions.
func writeVectors(w *goFile) {
	w.line(`import "math"

// elementwise are the kernels of one element type that go from vectors to a vector, element by element. The functions
// below check lengths; the kernels rely on them.
type elementwise[T float] struct {`)
	for _, f := range functions {
		w.line("%s func(%s []T) // dst[i] = %s", f.name, f.params(), f.element)
	}
	w.line("}\n\nfunc genericElementwise[T float]() elementwise[T] {\nreturn elementwise[T]{")
	for _, f := range functions {
		w.line("%s: %s,", f.name, f.plain())
	}
	w.line("}\n}")
	for _, f := range functions {
		for _, t := range elems {
			w.line("\n%sfunc %s%s(%s []%s) { active.Load().%s.vec.%s(dst%s) }", f.comment(t),
				strings.ToUpper(t.prefix), f.name, f.params(), t.name, t.prefix, f.name, f.cut())
		}
	}
}

// plain is the function for generic kernels.
func (f function) plain() string {
	switch {
	case f.scalar != "":
		return "each[T](" + f.scalar + ")"
	case f.generic != "":
		return f.generic
	}
	return fmt.Sprintf("func(%s []T) {\nfor i := range dst {\ndst[i] = %s\n}\n}", f.params(), f.element)
}

// cut are the sources as arguments, each as long as dst.
func (f function) cut() (args string) {
	for _, s := range f.sources {
		args += ", " + s + "[:len(dst)]"
	}
	return args
}

// comment is that of the public function for a type.
func (f function) comment(t elem) string {
	text := "S" + f.name + " computes dst[i] = " + f.element + f.doc
	if t.wide() {
		text = "D" + f.name + " is S" + f.name + " for float64" + f.wide
	}
	const prefix = "// "
	var p comment.Parser
	printer := comment.Printer{TextPrefix: prefix, TextWidth: 120 - len(prefix)}
	return string(printer.Text(p.Parse(text + ".")))
}
