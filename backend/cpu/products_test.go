package cpu

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/blas/blastest"
	"github.com/stheno/stheno/blas/native"
	"github.com/stheno/stheno/ir"

	gonum "gonum.org/v1/gonum/blas"
)

// small is a plan whose borders 40 rows, columns and elements cross, for programs that the usual one leaves whole.
var small = plan{
	grain:   50,
	minRows: 3, tallRows: 9, sharedRows: 5, largeSide: 60,
	mostTasks: 7, finer: 2, packTasks: 2,
	convParts: 3, convMany: 6, convRanges: 3,
	columns:       3,
	minSparseRows: 2, minSparseCols: 3,
	strip: 50, stripRows: 2,
	epilogue: 11,
	beside:   9,
	block:    7,
}

// smallBlocks are those of blas/native: two panels of columns, and two blocks of the sum, behind 16 and 17.
var smallBlocks = native.Blocking{MC: 5, NC: 17, KC: 16, Cache: 2000, Tiles: 1, Rows: 2, Tile: 1}

// shrink makes the plan of an engine small, and cuts blas/native's products into small blocks until the test ends.
func shrink(t *testing.T, e *Engine, by native.Blocking) *Engine {
	t.Helper()
	cpu := native.CPU()
	native.SetBlocking(by)
	t.Cleanup(func() {
		if err := native.Select(cpu); err != nil {
			t.Error(err)
		}
	})
	e.plan = small
	return e
}

// Random products as programs, each run three times on the same memory with all that a run must write poisoned, on small
// plans and the usual one, with one worker and two. STHENO_LONG=1 runs many, and large ones.
func TestProducts(t *testing.T) {
	count, large, work := 100, 3, 1<<21
	switch {
	case os.Getenv("STHENO_LONG") == "1":
		count, large, work = 2_000, 200, 1<<26
	case testing.Short():
		count, large = 20, 1
	}
	for _, name := range []string{"go", "blas"} {
		for _, workers := range []int{1, 2} {
			t.Run(fmt.Sprintf("%s, %d workers", name, workers), func(t *testing.T) {
				x := blastest.Random{Seed: uint64(workers), Count: large, Most: 2100, Work: work, Share: 0.2, Exact: true,
					Borders: []int{usual.minSparseRows, usual.minRows, 2 * usual.minRows, usual.tallRows, 512, 1024}}
				testEngine(t, withWorkers(t, name, workers), x)
				r := rand.New(rand.NewPCG(x.Seed, 0))
				for _, kc := range []int{3, 16, 45} { // in the last, images of 45 columns may be sparse
					by := smallBlocks
					by.KC = kc
					x := blastest.Random{Seed: r.Uint64(), Count: count, Most: 45, Share: 0.2,
						Borders: []int{by.MC, by.NC, by.KC, small.minRows, small.sharedRows, small.block, small.epilogue, 32}}
					testEngine(t, shrink(t, withWorkers(t, name, workers), by), x)
				}
			})
		}
	}
}

func testEngine(t *testing.T, e *Engine, x blastest.Random) {
	t.Helper()
	if err := blastest.Check(asGemm[float32](e), x); err != nil {
		t.Errorf("float32: %v", err)
	}
	if err := blastest.Check(asGemm[float64](e), x); err != nil {
		t.Errorf("float64: %v", err)
	}
}

// asGemm is the product that an engine computes, as a program with as many matrices as the factors ask for, run three
// times with its memory poisoned in between.
func asGemm[T float](e *Engine) blastest.Gemm[T] {
	dt := ir.Float64
	if _, ok := any(T(0)).(float32); ok {
		dt = ir.Float32
	}
	return func(tA, tB gonum.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
		bufs := map[string]backend.Buffer{
			"a": newBuffer(dense(a, lda, tA, m, k)), "b": newBuffer(dense(b, ldb, tB, k, n)), "c": newBuffer(dense(c, ldc, gonum.NoTrans, m, n)),
			"alpha": newBuffer([]T{alpha}), "beta": newBuffer([]T{beta}), "nought": newBuffer([]T{0}), "w": newBuffer(make([]T, m)),
		}
		form := gemmForm{dt, tA != gonum.NoTrans, tB != gonum.NoTrans, m, n, k, float64(alpha), float64(beta), sumForm((m + n + k) % 3)}
		x, err := e.Compile(backend.Prepare(e, form.program()), bufs)
		if err != nil {
			panic(err)
		}
		defer x.Close()
		for run := range 3 {
			if run > 0 {
				x.(backend.Poisoner).Poison()
				if err := bufs["c"].Write(dense(c, ldc, gonum.NoTrans, m, n)); err != nil {
					panic(err)
				}
			}
			if err := x.Run(); err != nil {
				panic(err)
			}
		}
		out := x.Output(0).(*buffer[T]).Data
		for i := range m {
			copy(c[i*ldc:i*ldc+n], out[i*n:])
		}
	}
}

// dense is a matrix as it is stored for op(X) of rows x cols, without gaps.
func dense[T float](x []T, ld int, t gonum.Transpose, rows, cols int) []T {
	if t != gonum.NoTrans {
		rows, cols = cols, rows
	}
	out := make([]T, 0, rows*cols)
	for i := range rows {
		out = append(out, x[i*ld:i*ld+cols]...)
	}
	return out
}

// gemmForm is alpha·op(A)·op(B) + beta·C as a program.
type gemmForm struct {
	dt          ir.DType
	tA, tB      bool
	m, n, k     int
	alpha, beta float64
	sum         sumForm
}

// sumForm says how a product is added to C.
type sumForm int

const (
	apart   sumForm = iota // by another instruction
	onto                   // by the product, onto a copy
	inPlace                // by the product, and C is updated
)

func (f gemmForm) program() *ir.Program {
	g := ir.NewBuilder("gemm", f.dt)
	stored := func(name string, t bool, rows, cols int) ir.ID {
		if t {
			rows, cols = cols, rows
		}
		return g.Input(name, rows, cols)
	}
	a, b := stored("a", f.tA, f.m, f.k), stored("b", f.tB, f.k, f.n)
	outputs := make([]ir.ID, 1)
	if f.tA { // a product that packs A, a phase before the other
		outputs = append(outputs, g.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{a, g.Input("w", f.m, 1)}}))
		b = g.Op(ir.Add, b, g.Input("nought"))
	}
	product := ir.Instr{Op: ir.MatMul, Args: []ir.ID{a, b}, TransA: f.tA, TransB: f.tB}
	var c, old ir.ID
	if f.beta != 0 {
		c = g.Input("c", f.m, f.n)
		old = c
		if f.beta != 1 {
			old = g.Op(ir.Mul, c, g.Input("beta"))
		}
	}
	if f.beta != 0 && f.sum != apart {
		product.Acc, product.Args = true, append(product.Args, old, g.Input("alpha"))
	}
	v := g.Emit(product)
	if !product.Acc && f.alpha != 1 {
		v = g.Op(ir.Mul, v, g.Input("alpha"))
	}
	if !product.Acc && f.beta != 0 {
		v = g.Op(ir.Add, old, v)
	}
	outputs[0] = v
	var updates []ir.Update
	if product.Acc && f.sum == inPlace {
		updates = []ir.Update{{Into: c, Value: v}}
	}
	p, err := g.Done(outputs, updates...)
	if err != nil {
		panic(err)
	}
	return p
}
