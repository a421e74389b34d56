package cuda

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/backendtest"
	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
)

// leaving opens an engine that leaves every product to cuBLAS, or skips the test.
func leaving(t *testing.T) *Engine {
	t.Helper()
	e, err := open()
	if err != nil {
		t.Skipf("not tested: %v", err)
	}
	e.(*Engine).large = 1
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e.(*Engine)
}

// productError compiles and runs a product of 40x30 numbers, each a sum of 50 terms, and says how far off it is.
func productError(t *testing.T, e *Engine) (float64, error) {
	t.Helper()
	g := irtest.New("product", ir.Float32, 1)
	x, w := g.Op(ir.Tanh, g.Fresh(-1, 1, 40, 50)), g.Op(ir.Tanh, g.Fresh(-1, 1, 50, 30)) // numbers with all their bits
	p, err := g.Done([]ir.ID{g.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{x, w, g.Fresh(-1, 1, 30)}, Bias: true})})
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := p.Eval(g.In)
	if err != nil {
		t.Fatal(err)
	}
	bind := map[string]backend.Buffer{}
	for name, v := range g.In {
		b, err := e.Alloc(ir.Float32, len(v))
		if err != nil {
			t.Fatal(err)
		}
		s := make([]float32, len(v))
		for i, x := range v {
			s[i] = float32(x)
		}
		if err := b.Write(s); err != nil {
			t.Fatal(err)
		}
		bind[name] = b
	}
	exec, err := e.Compile(backend.Prepare(e, p), bind)
	if err != nil {
		return 0, err
	}
	defer exec.Close()
	if err := exec.Run(); err != nil {
		t.Fatal(err)
	}
	got := make([]float32, len(want[0]))
	if err := exec.Output(0).Read(got); err != nil {
		t.Fatal(err)
	}
	worst := 0.0
	for i, w := range want[0] {
		worst = max(worst, math.Abs(float64(got[i])-w))
	}
	return worst, nil
}

// The suite, with all products left to cuBLAS.
func TestCuBLASConformance(t *testing.T) {
	if _, err := productError(t, leaving(t)); errors.Is(err, errNoLibrary) {
		t.Skipf("not tested: %v", err)
	}
	backendtest.Test(t, func() (backend.Engine, error) {
		e, err := open()
		if err == nil {
			e.(*Engine).large = 1
		}
		return e, err
	})
}

// TF32 is off unless it is asked for, and then it shows.
func TestTF32(t *testing.T) {
	t.Setenv("FAKE_CAPABILITY", "8")
	e := leaving(t)
	if !e.ampere {
		t.Skip("this GPU has no TF32")
	}
	for _, c := range []struct {
		on          bool
		least, most float64
	}{{false, 0, 2e-6}, {true, 1e-5, 1e-2}, {false, 0, 2e-6}} {
		if err := e.SetTF32(c.on); err != nil {
			t.Fatal(err)
		}
		off, err := productError(t, e)
		if err != nil {
			t.Skipf("not tested: %v", err)
		}
		if off < c.least || off > c.most {
			t.Errorf("TF32 %v: wrong by %g, want %g to %g", c.on, off, c.least, c.most)
		}
	}
}

func TestTF32NeedsAmpere(t *testing.T) {
	e := leaving(t)
	if e.ampere {
		t.Skip("this GPU has TF32")
	}
	want := "cuda: TF32 needs a GPU of compute capability 8.0 (Ampere, 2020) or newer: this is "
	if err := e.SetTF32(true); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v, want %s…", err, want)
	}
}

// What a user sees where cuBLAS does not start.
func TestCuBLASErrors(t *testing.T) {
	e := leaving(t)
	if !strings.Contains(e.device, "fake driver") {
		t.Skip("errors are the fake driver's to make")
	}
	t.Setenv("FAKE_CUBLAS", "3")
	want := "program product: cuda: cublasCreate_v2 of libcublas.so.12 answers 3: run nvidia-smi, which shows the GPU's memory and the driver's version"
	if _, err := productError(t, e); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// BenchmarkProduct compares the engine's own kernels with cuBLAS, in full float32 and in TF32: emit.Large should be where cuBLAS
// begins to win. It needs a GPU.
func BenchmarkProduct(b *testing.B) {
	for _, c := range []struct{ m, n, k int }{{100, 50, 784}, {100, 512, 784}, {784, 512, 100}, {100, 100, 4320}, {256, 256, 256}, {512, 512, 512}, {1024, 1024, 784}, {784, 1024, 1024}, {2048, 2048, 2048}} {
		for _, way := range []struct {
			name  string
			large int
			tf32  bool
		}{{"own", math.MaxInt, false}, {"cuBLAS", 1, false}, {"TF32", 1, true}} {
			b.Run(fmt.Sprintf("%dx%dx%d/%s", c.m, c.n, c.k, way.name), func(b *testing.B) {
				e, err := open()
				if err != nil {
					b.Skip(err)
				}
				defer e.Close()
				if strings.Contains(e.Device(), "fake driver") {
					b.Skip("the fake driver says nothing of speed")
				}
				e.(*Engine).large, e.(*Engine).tf32 = way.large, way.tf32
				timeProduct(b, e, c.m, c.n, c.k)
			})
		}
	}
}

func timeProduct(b *testing.B, e backend.Engine, m, n, k int) {
	g := irtest.New("product", ir.Float32, 1)
	p, err := g.Done([]ir.ID{g.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{g.Fresh(-1, 1, m, k), g.Fresh(-1, 1, k, n)}})})
	if err != nil {
		b.Fatal(err)
	}
	bind := map[string]backend.Buffer{}
	for name, v := range g.In {
		if bind[name], err = e.Alloc(ir.Float32, len(v)); err != nil {
			b.Fatal(err)
		}
	}
	x, err := e.Compile(backend.Prepare(e, p), bind)
	if err != nil {
		b.Fatal(err)
	}
	defer x.Close()
	out := make([]float32, m*n)
	wait := func() {
		if err := x.Output(0).Read(out); err != nil {
			b.Fatal(err)
		}
	}
	for range 3 {
		if err := x.Run(); err != nil {
			b.Fatal(err)
		}
	}
	wait()
	b.ResetTimer()
	for range b.N { // not b.Loop, whose time ends before the wait
		if err := x.Run(); err != nil {
			b.Fatal(err)
		}
	}
	wait()
	b.StopTimer() // the engine's end takes its time
	b.ReportMetric(2*float64(m)*float64(n)*float64(k)*float64(b.N)/b.Elapsed().Seconds()/1e12, "TFLOP/s")
}
