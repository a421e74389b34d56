package emit

import "github.com/stheno/stheno/ir"

// Large is how many multiplications make a product one for cuBLAS.
const Large = 1 << 26

// Product is C = op(A)·op(B), or, with a factor s, C + s·op(A)·op(B): M x N numbers, each a sum of K terms.
type Product struct {
	A, B, C        ir.ID
	Factor         ir.ID // or -1
	M, N, K        int
	TransA, TransB bool
}

func (e *emitter) large(in *ir.Instr) bool {
	if in.Op != ir.MatMul {
		return false
	}
	m, n, k := e.p.Dims(in)
	return k > 0 && m*n*k >= e.most
}

// library leaves a product to cuBLAS. What that cannot do, a chain does before it, in place, and another after it.
func (e *emitter) library(id ir.ID, in *ir.Instr) {
	p := &Product{A: in.Args[0], B: in.Args[1], C: id, Factor: -1, TransA: in.TransA, TransB: in.TransB}
	p.M, p.N, p.K = e.p.Dims(in)
	if in.Acc {
		p.Factor = in.Args[3]
		if e.alias[in.Args[2]] != e.alias[id] {
			e.chain("copy", []ir.ID{id}, &ir.Instr{Op: ir.Chain, Args: in.Args[2:3], Shape: in.Shape, Views: []ir.View{ir.Identity(in.Shape)}})
		}
	}
	e.out.Launches = append(e.out.Launches, Launch{IDs: []ir.ID{id}, Product: p})
}

// after is what a product of cuBLAS, or one whose sums are cut, still needs, its bias and its activation, as a chain; nil where that is
// nothing.
func (e *emitter) after(id ir.ID, in *ir.Instr) *ir.Instr {
	c := &ir.Instr{Op: ir.Chain, Args: []ir.ID{id}, Shape: in.Shape, Views: []ir.View{ir.Identity(in.Shape)}}
	if in.Bias {
		c.Args = append(c.Args, in.Args[2])
		along := make([]int, len(in.Shape))
		along[len(along)-1] = 1
		c.Views = append(c.Views, ir.View{Strides: along})
		c.Body = append(c.Body, ir.ScalarOp{Op: ir.Add, A: 0, B: 1})
	}
	if in.Act != ir.None {
		last := len(c.Args) + len(c.Body) - 1
		c.Body = append(c.Body, ir.ScalarOp{Op: in.Act, A: last, B: last})
	}
	if len(c.Body) == 0 {
		return nil
	}
	return c
}
