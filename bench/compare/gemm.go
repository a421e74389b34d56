package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"stheno/backend"
	"stheno/blas"
	"stheno/blas/native"
	"stheno/blas/openblas"
	"stheno/ir"

	gonum "gonum.org/v1/gonum/blas"
)

// product is a shape of the table: C is m x n, the sum runs over k.
type product struct {
	m, n, k int
	tA, tB  bool
}

func (p product) String() string {
	s := fmt.Sprintf("%dx%dx%d", p.m, p.n, p.k)
	if p.tA {
		s += ", A transposed"
	}
	if p.tB {
		s += ", B transposed"
	}
	return s
}

// products are those of the main job, and large ones.
var products = []product{
	{100, 50, 784, false, false}, {784, 50, 100, true, false}, {100, 10, 50, false, false},
	{100, 50, 10, false, true}, {50, 10, 100, true, false}, {512, 512, 512, false, false}, {1024, 1024, 1024, false, false},
}

// gemmTable compares matrix products: GFLOP/s of OpenBLAS and of the native kernels on one thread, in turn, the share of
// the processor's peak, and the native kernels on all cores.
func (p *peers) gemmTable(w io.Writer, rounds int) error {
	lib, err := openblas.Open()
	if err != nil {
		fmt.Fprintf(w, "\nleft out: the table of products: %v\n", err)
		return nil
	}
	for _, dt := range []ir.DType{ir.Float32, ir.Float64} {
		peak := p.peak(dt)
		fmt.Fprintf(w, "\n### Matrix products (m x n x k), %v, GFLOP/s; %s kernels; FMA peak of one core %.0f\n\n", dt, native.CPU(), peak)
		fmt.Fprintf(w, "| product | OpenBLAS, 1 thread | native, 1 thread (min to max) | times OpenBLAS (min to max) | share of peak | native, all cores | times 1 thread |\n| --- | --- | --- | --- | --- | --- | --- |\n")
		for _, s := range products {
			both, closeBoth, err := parallel(s, dt)
			if err != nil {
				return err
			}
			runs := []func(){single(lib, s, dt), single(native.Implementation{}, s, dt), both}
			rates := make([][]float64, len(runs))
			for r := range rounds + 1 {
				for i, f := range runs {
					if rate := s.rate(f); r > 0 {
						rates[i] = append(rates[i], rate)
					}
				}
			}
			closeBoth()
			ratios := make([]float64, rounds)
			for r := range ratios {
				ratios[r] = rates[1][r] / rates[0][r]
			}
			fmt.Fprintf(w, "| %v | %.0f | %s | %s | %s | %.0f | %.2f |\n", s, median(rates[0]), spread(rates[1], "%.0f"),
				spread(ratios, "%.2f"), share(median(rates[1]), peak), median(rates[2]), median(rates[2])/median(rates[1]))
		}
	}
	return nil
}

func share(rate, peak float64) string {
	if peak == 0 {
		return "unknown"
	}
	return fmt.Sprintf("%.0f %%", 100*rate/peak)
}

func median(v []float64) float64 { return slices.Sorted(slices.Values(v))[len(v)/2] }

// rate runs a product for some hundredths of a second, in portions, and gives GFLOP/s of the fastest portion: the machine
// may be shared.
func (p product) rate(f func()) float64 {
	flops := 2 * float64(p.m) * float64(p.n) * float64(p.k)
	many := max(1, int(2e8/flops))
	best := 0.0
	for range 5 {
		began := time.Now()
		for range many {
			f()
		}
		best = max(best, flops*float64(many)/time.Since(began).Seconds()/1e9)
	}
	return best
}

// single is the product as one call.
func single(impl blas.Gemm, p product, dt ir.DType) func() {
	lda, ldb := p.k, p.n
	tA, tB := gonum.NoTrans, gonum.NoTrans
	if p.tA {
		tA, lda = gonum.Trans, p.m
	}
	if p.tB {
		tB, ldb = gonum.Trans, p.k
	}
	if dt == ir.Float32 {
		a, b, c := numbers[float32](p.m*p.k), numbers[float32](p.k*p.n), make([]float32, p.m*p.n)
		return func() { impl.Sgemm(tA, tB, p.m, p.n, p.k, 1, a, lda, b, ldb, 0, c, p.n) }
	}
	a, b, c := numbers[float64](p.m*p.k), numbers[float64](p.k*p.n), make([]float64, p.m*p.n)
	return func() { impl.Dgemm(tA, tB, p.m, p.n, p.k, 1, a, lda, b, ldb, 0, c, p.n) }
}

func numbers[T float32 | float64](n int) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = T(i%13) - 6
	}
	return out
}

// parallel is the product as a program of one instruction, which the engine cuts for all cores.
func parallel(p product, dt ir.DType) (run func(), closeAll func(), err error) {
	e, err := backend.Open("go")
	if err != nil {
		return nil, nil, err
	}
	shape := func(rows, cols int, t bool) []int {
		if t {
			return []int{cols, rows}
		}
		return []int{rows, cols}
	}
	b := ir.NewBuilder("product", dt)
	x, y := b.Input("a", shape(p.m, p.k, p.tA)...), b.Input("b", shape(p.k, p.n, p.tB)...)
	prog, err := b.Done([]ir.ID{b.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{x, y}, TransA: p.tA, TransB: p.tB})})
	if err != nil {
		return nil, nil, err
	}
	bind := map[string]backend.Buffer{}
	for name, n := range map[string]int{"a": p.m * p.k, "b": p.k * p.n} {
		if bind[name], err = e.Alloc(dt, n); err != nil {
			return nil, nil, err
		}
		var v any = numbers[float32](n)
		if dt == ir.Float64 {
			v = numbers[float64](n)
		}
		if err := bind[name].Write(v); err != nil {
			return nil, nil, err
		}
	}
	exec, err := e.Compile(backend.Prepare(prog), bind)
	if err != nil {
		return nil, nil, err
	}
	return func() {
		if err := exec.Run(); err != nil {
			panic(err) // a product cannot fail
		}
	}, func() { exec.Close(); e.Close() }, nil
}

// peak is the processor's FMA peak on one core, 0 where it cannot be measured.
func (p *peers) peak(dt ir.DType) float64 {
	real := map[ir.DType]string{ir.Float32: "float", ir.Float64: "double"}[dt]
	bin := filepath.Join(p.dir, "peak-"+real)
	if err := exec.Command("gcc", "-O3", "-march=native", "-ffast-math", "-DREAL="+real, "bench/peers/c/peak.c", "-o", bin).Run(); err != nil {
		return 0
	}
	out, err := exec.Command(bin).Output()
	if err != nil {
		return 0
	}
	var line struct {
		GFLOPS float64 `json:"gflops"`
	}
	if json.Unmarshal(out, &line) != nil {
		return 0
	}
	return line.GFLOPS
}
