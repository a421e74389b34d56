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
		id := ID(i)
		fmt.Fprintf(&b, "  %-44s %v\n", fmt.Sprintf("%v = %s", id, p.DescribeBy(id, ID.String)), p.At(id).Shape)
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

// String is the value's name in a printed program.
func (id ID) String() string { return fmt.Sprintf("%%%d", int(id)) }

// DescribeBy is the right-hand side of an instruction's line, with names of the caller's for the arguments. What is computed in one
// pass with the instruction before it says so.
func (p *Program) DescribeBy(id ID, name func(ID) string) string {
	in := p.At(id)
	first, last := p.sweep(id)
	mates := map[int]string{}
	for mate := first; mate <= last; mate++ {
		if mate != id {
			mates[p.At(mate).Result()] = name(mate)
		}
	}
	text := in.describe(name, mates)
	if first != id {
		text += " beside " + name(first)
	}
	return text
}

// Describe says the op, its arguments and what else it is told.
func (in *Instr) Describe() string { return in.describe(ID.String, nil) }

// describe names arguments, and steps of a chain that have names.
func (in *Instr) describe(name func(ID) string, steps map[int]string) string {
	args := make([]string, len(in.Args))
	for i, a := range in.Args {
		args[i] = name(a)
	}
	if print := table[in.Op].print; print != nil {
		return strings.Join(print(in, args, steps), " ")
	}
	return strings.Join(append([]string{in.Op.String()}, args...), " ")
}

// printName prints what has a name of its own: an input, an op on the host.
func printName(in *Instr, args []string, _ map[int]string) []string {
	return append([]string{in.Op.String(), fmt.Sprintf("%q", in.Name)}, args...)
}

func printConst(in *Instr, _ []string, _ map[int]string) []string {
	if len(in.Data) == 1 {
		return []string{"const", fmt.Sprint(in.Data[0])}
	}
	return []string{"const", fmt.Sprintf("(%d values)", len(in.Data))}
}

func printView(in *Instr, args []string, _ map[int]string) []string {
	return []string{"view", args[0], in.Views[0].String()}
}

func printReduce(in *Instr, args []string, _ map[int]string) []string {
	return []string{in.Op.String(), args[0], fmt.Sprint(in.Axes)}
}

func printSoftmax(in *Instr, args []string, _ map[int]string) []string {
	if in.Log {
		return []string{"logsoftmax", args[0]}
	}
	return []string{"softmax", args[0]}
}

func printMatMul(in *Instr, args []string, _ map[int]string) []string {
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

// printChain writes the steps as one nested expression. A step that several read is written once, behind it, and has the name
// that it is given, or a new one.
func printChain(in *Instr, args []string, names map[int]string) []string {
	result := in.Result()
	uses := make([]int, len(args)+len(in.Body))
	for j := len(in.Body) - 1; j >= 0; j-- {
		n, s := len(args)+j, in.Body[j]
		if _, named := names[n]; n == result || uses[n] > 0 && !named {
			uses[s.A]++
			uses[s.B] += s.Op.Arity() - 1
		}
	}
	expr := make([]string, 0, len(args)+len(in.Body))
	for i, a := range args {
		if !in.Views[i].IsIdentity(in.Shape) {
			a += in.Views[i].String()
		}
		expr = append(expr, a)
	}
	where := ""
	for j, s := range in.Body {
		n := len(args) + j
		text := fmt.Sprintf("%s(%s, %s)", s.Op, expr[s.A], expr[s.B])
		if s.Op.Arity() == 1 {
			text = fmt.Sprintf("%s(%s)", s.Op, expr[s.A])
		}
		if name, ok := names[n]; ok {
			text = name
		} else if uses[n] > 1 {
			name := fmt.Sprintf("t%d", 1+strings.Count(where, ":="))
			where += fmt.Sprintf("; %s := %s", name, text)
			text = name
		}
		expr = append(expr, text)
	}
	return []string{"chain", expr[result] + where}
}
