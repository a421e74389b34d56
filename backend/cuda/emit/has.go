package emit

import "github.com/stheno/stheno/ir"

// Has reports whether there is a kernel for an instruction, or a function that one can call for each of its elements.
func Has(_ *ir.Program, in *ir.Instr) bool {
	for _, s := range in.Body {
		if !known(s.Op) {
			return false
		}
	}
	_, act := activations[in.Act]
	if in.Op == ir.MaxPool || in.Op == ir.MaxPoolIndex {
		_, act = gates[in.Act]
	}
	_, alone := makers[in.Op]
	return act && (known(in.Op) || alone || in.Op == ir.Chain || in.Op == ir.ViewOp)
}

// known tells whether chains can compute an element-wise op.
func known(op ir.Op) bool { return instructions[op]+comparisons[op] != "" || functions()[op] }
