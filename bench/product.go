package bench

import (
	"fmt"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/blas"
	"github.com/stheno/stheno/ir"

	gonum "gonum.org/v1/gonum/blas"
)

// Product is a shape of a matrix product: C is M x N, the sum runs over K.
type Product struct {
	M, N, K        int
	TransA, TransB bool
}

// Products are those of the main job's step, then squares that grow.
var Products = append([]Product{
	{100, 50, 784, false, false}, {784, 50, 100, true, false}, {100, 10, 50, false, false},
	{100, 50, 10, false, true}, {50, 10, 100, true, false},
}, Squares(64, 128, 256, 512, 1024)...)

// Squares are products of square matrices.
func Squares(sizes ...int) (ps []Product) {
	for _, n := range sizes {
		ps = append(ps, Product{M: n, N: n, K: n})
	}
	return ps
}

// String is the shape as M x N x K, and what is transposed.
func (p Product) String() string {
	s := fmt.Sprintf("%dx%dx%d", p.M, p.N, p.K)
	if p.TransA {
		s += "/trans=A"
	}
	if p.TransB {
		s += "/trans=B"
	}
	return s
}

// Flops counts a multiplication and an addition for each element of the sums.
func (p Product) Flops() float64 { return 2 * float64(p.M) * float64(p.N) * float64(p.K) }

// Call is the product as one call of a BLAS.
func (p Product) Call(impl blas.Gemm, dt ir.DType) func() {
	lda, ldb := p.K, p.N
	tA, tB := gonum.NoTrans, gonum.NoTrans
	if p.TransA {
		tA, lda = gonum.Trans, p.M
	}
	if p.TransB {
		tB, ldb = gonum.Trans, p.K
	}
	if dt == ir.Float32 {
		a, b, c := numbers[float32](p.M*p.K), numbers[float32](p.K*p.N), make([]float32, p.M*p.N)
		return func() { impl.Sgemm(tA, tB, p.M, p.N, p.K, 1, a, lda, b, ldb, 0, c, p.N) }
	}
	a, b, c := numbers[float64](p.M*p.K), numbers[float64](p.K*p.N), make([]float64, p.M*p.N)
	return func() { impl.Dgemm(tA, tB, p.M, p.N, p.K, 1, a, lda, b, ldb, 0, c, p.N) }
}

// numbers are small and none of them is zero: no kernel can skip one.
func numbers[T float32 | float64](n int) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = T(i%13) - 6.5
	}
	return out
}

// Program is the product as a program of one instruction, which the engine cuts for all cores.
func (p Product) Program(e backend.Engine, dt ir.DType) (backend.Exec, error) {
	shape := func(rows, cols int, t bool) []int {
		if t {
			return []int{cols, rows}
		}
		return []int{rows, cols}
	}
	b := ir.NewBuilder("product", dt)
	x, y := b.Input("a", shape(p.M, p.K, p.TransA)...), b.Input("b", shape(p.K, p.N, p.TransB)...)
	prog, err := b.Done([]ir.ID{b.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{x, y}, TransA: p.TransA, TransB: p.TransB})})
	if err != nil {
		return nil, err
	}
	bind := map[string]backend.Buffer{}
	for name, n := range map[string]int{"a": p.M * p.K, "b": p.K * p.N} {
		if bind[name], err = e.Alloc(dt, n); err != nil {
			return nil, err
		}
		var v any = numbers[float32](n)
		if dt == ir.Float64 {
			v = numbers[float64](n)
		}
		if err := bind[name].Write(v); err != nil {
			return nil, err
		}
	}
	return e.Compile(backend.Prepare(e, prog), bind)
}
