package ir

import (
	"fmt"
	"strings"
)

// String prints the program, one line an instruction:
//
//	program loss float32
//	  %0 = input "x"                     100x784
//	  %3 = matmul %0 %1 + %2 sigmoid     100x50
//	  return %3
func (p *Program) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "program %s %s\n", p.Name, p.DType)
	for i := range p.Instrs {
		in := &p.Instrs[i]
		fmt.Fprintf(&b, "  %-44s %v\n", fmt.Sprintf("%%%d = %s", i, in.Describe()), in.Shape)
	}
	b.WriteString("  return")
	for _, o := range p.Outputs {
		fmt.Fprintf(&b, " %%%d", o)
	}
	b.WriteString("\n")
	for _, u := range p.Updates {
		fmt.Fprintf(&b, "  %q <- %%%d\n", p.At(u.Into).Name, u.Value)
	}
	return b.String()
}

// Describe is the right-hand side of an instruction's line: the op, its arguments and what else it is told.
func (in *Instr) Describe() string {
	return in.DescribeBy(func(id ID) string { return fmt.Sprintf("%%%d", id) })
}

// DescribeBy is Describe with names of the caller's for the arguments.
func (in *Instr) DescribeBy(name func(ID) string) string {
	args := make([]string, len(in.Args))
	for i, a := range in.Args {
		args[i] = name(a)
	}
	if print := table[in.Op].print; print != nil {
		return strings.Join(print(in, args), " ")
	}
	return strings.Join(append([]string{in.Op.String()}, args...), " ")
}

// printName prints what has a name of its own: an input, an op on the host.
func printName(in *Instr, args []string) []string {
	return append([]string{in.Op.String(), fmt.Sprintf("%q", in.Name)}, args...)
}

func printConst(in *Instr, _ []string) []string {
	if len(in.Data) == 1 {
		return []string{"const", fmt.Sprint(in.Data[0])}
	}
	return []string{"const", fmt.Sprintf("(%d values)", len(in.Data))}
}

func printView(in *Instr, args []string) []string {
	return []string{"view", args[0], in.Views[0].String()}
}

func printReduce(in *Instr, args []string) []string {
	return []string{in.Op.String(), args[0], fmt.Sprint(in.Axes)}
}

func printSoftmax(in *Instr, args []string) []string {
	if in.Log {
		return []string{"logsoftmax", args[0]}
	}
	return []string{"softmax", args[0]}
}

func printMatMul(in *Instr, args []string) []string {
	if in.TransA {
		args[0] += "ᵀ"
	}
	if in.TransB {
		args[1] += "ᵀ"
	}
	words := args[:2:2]
	switch {
	case in.Acc:
		words = []string{args[2], "+", args[3], "·", args[0], args[1]}
	case in.Bias:
		words = append(words, "+", args[2])
	}
	if in.Act != None {
		words = append(words, in.Act.String())
	}
	return append([]string{"matmul"}, words...)
}

// printChain writes the body as one nested expression; a value that is used twice is written twice.
func printChain(in *Instr, args []string) []string {
	expr := make([]string, 0, len(args)+len(in.Body))
	for i, a := range args {
		if !in.Views[i].IsIdentity(in.Shape) {
			a += in.Views[i].String()
		}
		expr = append(expr, a)
	}
	for _, s := range in.Body {
		if s.Op.Arity() == 1 {
			expr = append(expr, fmt.Sprintf("%s(%s)", s.Op, expr[s.A]))
		} else {
			expr = append(expr, fmt.Sprintf("%s(%s, %s)", s.Op, expr[s.A], expr[s.B]))
		}
	}
	return []string{"chain", expr[len(expr)-1]}
}
