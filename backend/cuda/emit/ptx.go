package emit

import (
	"fmt"
	"math"
	"strings"

	"github.com/stheno/stheno/ir"
)

// ptx writes the body of one kernel. Its registers: %r 32-bit integers, %d addresses, %f numbers, %p truths.
type ptx struct {
	dt            ir.DType
	body          strings.Builder
	r, d, f, next int         // registers and labels that are taken
	params        map[Arg]int // what the kernel gets
	args          []Arg
	held          map[Arg]string // registers that hold an address instead of a parameter
	calls         []string       // functions of kernels/functions.cu
}

func newPTX(dt ir.DType) *ptx { return &ptx{dt: dt, params: map[Arg]int{}, held: map[Arg]string{}} }

func (w *ptx) line(format string, args ...any) {
	w.body.WriteString("\t")
	fmt.Fprintf(&w.body, format, args...)
	w.body.WriteString(";\n")
}

func (w *ptx) label(name string) { fmt.Fprintf(&w.body, "%s:\n", name) }

func (w *ptx) integer() string { w.r++; return fmt.Sprintf("%%r%d", w.r) }
func (w *ptx) address() string { w.d++; return fmt.Sprintf("%%d%d", w.d) }
func (w *ptx) number() string  { w.f++; return fmt.Sprintf("%%f%d", w.f) }
func (w *ptx) mark() string    { w.next++; return fmt.Sprintf("L%d", w.next) }

func (w *ptx) typ() string { return Suffix(w.dt) }

// compute is an integer instruction with a result of its own.
func (w *ptx) compute(op string, args ...any) string {
	reg := w.integer()
	w.line("%s %s, %s", op, reg, strings.TrimSuffix(fmt.Sprintf(strings.Repeat("%v, ", len(args)), args...), ", "))
	return reg
}

// jump goes to a label where a comparison of integers holds.
func (w *ptx) jump(comparison string, a, b any, to string) {
	w.line("setp.%s.u32 %%p1, %v, %v", comparison, a, b)
	w.line("@%%p1 bra %s", to)
}

// immediate is a number as PTX writes it: by its bits.
func (w *ptx) immediate(v float64) string {
	reg := w.number()
	if w.dt == ir.Float32 {
		w.line("mov.f32 %s, 0f%08X", reg, math.Float32bits(float32(v)))
	} else {
		w.line("mov.f64 %s, 0d%016X", reg, math.Float64bits(v))
	}
	return reg
}

// param makes an argument a parameter of the kernel, of 8 bytes, and gives its number.
func (w *ptx) param(a Arg) int {
	i, ok := w.params[a]
	if !ok {
		i = len(w.args)
		w.params[a] = i
		w.args = append(w.args, a)
	}
	return i
}

// pointer is an address that the kernel gets.
func (w *ptx) pointer(a Arg) string {
	if reg, ok := w.held[a]; ok {
		return reg
	}
	reg := w.address()
	w.line("ld.param.u64 %s, [p%d]", reg, w.param(a))
	return reg
}

// element is the address of an element of a value.
func (w *ptx) element(id ir.ID, index string) string {
	base, offset, at := w.pointer(pointer(id)), w.address(), w.address()
	w.line("mul.wide.u32 %s, %s, %d", offset, index, w.dt.Bytes())
	w.line("add.u64 %s, %s, %s", at, base, offset)
	return at
}

// argument of a function: its bits and what to pass, a register or a number.
type argument struct {
	bits  int
	value string
}

// call passes arguments in parameter space. result is a register, or empty.
func (w *ptx) call(name, result string, args []argument) {
	w.calls = append(w.calls, name)
	w.body.WriteString("\t{\n")
	names := make([]string, len(args))
	for i, a := range args {
		names[i] = fmt.Sprintf("x%d", i)
		w.line(".param .b%d %s", a.bits, names[i])
		w.line("st.param.b%d [%s], %s", a.bits, names[i], a.value)
	}
	if result == "" {
		w.line("call.uni %s, (%s)", name, strings.Join(names, ", "))
	} else {
		w.line(".param .b%d y", 8*w.dt.Bytes())
		w.line("call.uni (y), %s, (%s)", name, strings.Join(names, ", "))
		w.line("ld.param.b%d %s, [y]", 8*w.dt.Bytes(), result)
	}
	w.body.WriteString("\t}\n")
}

// entry is the whole kernel. comment says what it does.
func (w *ptx) entry(name, comment string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n// %s\n.visible .entry %s(", comment, name)
	for i := range w.args {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, ".param .u64 p%d", i)
	}
	fmt.Fprintf(&b, ")\n.maxntid %d, 1, 1\n.minnctapersm %d\n", block, Resident)
	fmt.Fprintf(&b, "{\n\t.reg .pred %%p<2>;\n\t.reg .b32 %%r<%d>;\n\t.reg .b64 %%d<%d>;\n\t.reg .%s %%f<%d>;\n", w.r+1, w.d+1, w.typ(), w.f+1)
	b.WriteString(w.body.String())
	b.WriteString("}\n")
	return b.String()
}
