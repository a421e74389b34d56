package emit

import "stheno/ir"

// Large is how many multiplications make a product one for cuBLAS.
const Large = 1 << 26

// Product is C = op(A)·op(B), or, with a factor s, C + s·op(A)·op(B): M x N numbers, each a sum of K terms.
type Product struct {
	A, B, C        ir.ID
	Factor         ir.ID // or -1
	M, N, K        int
	TransA, TransB bool
}

// library leaves a product to cuBLAS; what that cannot do, a chain does before and after it, in place.
func (e *emitter) library(id ir.ID, in *ir.Instr) {
	p := &Product{A: in.Args[0], B: in.Args[1], C: id, Factor: -1, TransA: in.TransA, TransB: in.TransB}
	p.M, p.N, p.K = e.p.Dims(in)
	same := ir.Identity(in.Shape)
	if in.Acc {
		p.Factor = in.Args[3]
		if e.alias[in.Args[2]] != e.alias[id] {
			e.chain("copy", id, &ir.Instr{Op: ir.Chain, Args: in.Args[2:3], Shape: in.Shape, Views: []ir.View{same}})
		}
	}
	e.out.Steps = append(e.out.Steps, Step{IDs: []ir.ID{id}, Product: p})
	after := &ir.Instr{Op: ir.Chain, Args: []ir.ID{id}, Shape: in.Shape, Views: []ir.View{same}}
	if in.Bias {
		after.Args = append(after.Args, in.Args[2])
		after.Views = append(after.Views, ir.View{Strides: []int{0, 1}})
		after.Body = append(after.Body, ir.Step{Op: ir.Add, A: 0, B: 1})
	}
	if in.Act != ir.None {
		last := len(after.Args) + len(after.Body) - 1
		after.Body = append(after.Body, ir.Step{Op: in.Act, A: last, B: last})
	}
	if len(after.Body) > 0 {
		e.chain("after", id, after)
	}
}
