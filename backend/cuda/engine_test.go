package cuda_test

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"
	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// gpu opens the engine, or skips the test.
func gpu(t *testing.T) backend.Engine {
	t.Helper()
	e, err := open(t)()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// evaluate runs a program on numbers by name.
func evaluate(t *testing.T, e backend.Engine, p *ir.Program, in map[string][]float64) [][]float64 {
	t.Helper()
	bind := map[string]backend.Buffer{}
	for name, v := range in {
		b, err := e.Alloc(p.DType, len(v))
		if err != nil {
			t.Fatal(err)
		}
		defer b.Free()
		if err := b.Write(slice(p.DType, v)); err != nil {
			t.Fatal(err)
		}
		bind[name] = b
	}
	x, err := e.Compile(backend.Prepare(e, p), bind)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	for range 2 { // on the same memory
		if err := x.Run(); err != nil {
			t.Fatal(err)
		}
	}
	var out [][]float64
	for i, o := range p.Outputs {
		v := slice(p.DType, make([]float64, p.At(o).Shape.Size()))
		if err := x.Output(i).Read(v); err != nil {
			t.Fatal(err)
		}
		out = append(out, widened(v))
	}
	return out
}

// slice is numbers in a program's type; widened are they as float64.
func slice(dt ir.DType, v []float64) any {
	if dt == ir.Float64 {
		return v
	}
	s := make([]float32, len(v))
	for i, x := range v {
		s[i] = float32(x)
	}
	return s
}

func widened(v any) []float64 {
	s, ok := v.([]float32)
	if !ok {
		return v.([]float64)
	}
	out := make([]float64, len(s))
	for i, x := range s {
		out[i] = float64(x)
	}
	return out
}

// Axes that are far apart are removed in several launches.
func TestReductionsOfManyAxes(t *testing.T) {
	e := gpu(t)
	s := ir.Shape{2, 3, 2, 3, 2, 3, 2}
	for set := range 1 << len(s) {
		axes := []int{}
		for d := range s {
			if set>>d&1 != 0 {
				axes = append(axes, d)
			}
		}
		g := irtest.New("axes", ir.Float64, uint64(set))
		op := []ir.Op{ir.Sum, ir.Max}[set%2]
		p, err := g.Done([]ir.ID{g.Emit(ir.Instr{Op: op, Args: []ir.ID{g.Arg(s...)}, Axes: axes})})
		if err != nil {
			t.Fatal(err)
		}
		want, _, err := p.Eval(g.In)
		if err != nil {
			t.Fatal(err)
		}
		if err := irtest.Close(evaluate(t, e, p, g.In)[0], want[0], 1e-13); err != nil {
			t.Fatalf("%v over %v: %v", op, axes, err)
		}
	}
}

// Phases that are one kernel, so large that a block has several rows, columns and results of everything.
func TestLargePhases(t *testing.T) {
	e := gpu(t)
	for _, dt := range []ir.DType{ir.Float32, ir.Float64} {
		for _, rows := range []int{60, 3001} {
			g := irtest.New("phases", dt, uint64(rows))
			act := func(in ir.Instr, id ir.ID) ir.ID {
				in.Op, in.Args = ir.MatMul, []ir.ID{id, g.Fresh(-1, 1, 40, 70), g.Fresh(-1, 1, 70)}
				return g.Emit(in)
			}
			x := g.Op(ir.Tanh, g.Fresh(-2, 2, rows, 40))
			h := act(ir.Instr{Bias: true, Act: ir.Sigmoid}, x)
			back := g.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{h, g.Fresh(-1, 1, 40, 70)}, TransB: true})
			targets := g.Fresh(0, 1, rows, 70)
			p, err := g.Done([]ir.ID{
				g.Op(ir.Exp, g.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{g.Op(ir.Mul, h, g.Scalar(0.01))}, Axes: []int{1}})),
				g.Emit(ir.Instr{Op: ir.Max, Args: []ir.ID{back}, Axes: []int{1}}),
				g.Emit(ir.Instr{Op: ir.Softmax, Args: []ir.ID{h}}),
				g.Op(ir.LogLikelihood, h, targets), g.Op(ir.LogLikelihoodGrad, h, targets, g.Scalar(0.5)),
				g.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{g.Builder.Reshape(x, rows, 8, 5)}, Axes: []int{1}}),
			})
			if err != nil {
				t.Fatal(err)
			}
			want, _, err := p.Eval(g.In)
			if err != nil {
				t.Fatal(err)
			}
			got := evaluate(t, e, p, g.In)
			for i := range want {
				tol := 1e-12
				if dt == ir.Float32 {
					tol = 3e-5
				}
				if err := irtest.Close(got[i], want[i], tol); err != nil {
					t.Errorf("%v, %d rows, output %d: %v", dt, rows, i, err)
				}
			}
		}
	}
}

// Products whose sums are cut in pieces and whose rows are wider than a block, in phases and as launches of their own.
func TestLargeProducts(t *testing.T) {
	e := gpu(t)
	for _, dt := range []ir.DType{ir.Float32, ir.Float64} {
		for _, c := range []struct{ m, n, k int }{
			{5, 50, 900}, {9, 130, 1000}, {3, 7, 2000}, {4, 66, 897}, {8, 16, 896}, {6, 1, 1025}, {5, 300, 9}, {6, 700, 30}, // in a phase
			{4, 66, 865}, {8, 16, 864}, // as many columns of A as are shared at a time, and one more
			{7, 1, 1024}, {9, 2, 700}, {6, 10, 50}, {5, 50, 10}, {4, 64, 32}, // small
			{17, 200, 700}, {9, 301, 500}, {30, 33, 4100}, // by themselves
		} {
			for form := range 4 {
				g := irtest.New("products", dt, uint64(form))
				p, err := g.Done([]ir.ID{g.Op(ir.Tanh, g.Op(ir.Mul, g.MatMul(ir.Instr{TransA: form&1 != 0, TransB: form&2 != 0, Bias: true}, c.m, c.n, c.k), g.Scalar(0.02)))})
				if err != nil {
					t.Fatal(err)
				}
				want, _, err := p.Eval(g.In)
				if err != nil {
					t.Fatal(err)
				}
				tol := 1e-12
				if dt == ir.Float32 {
					tol = 1e-4
				}
				if err := irtest.Close(evaluate(t, e, p, g.In)[0], want[0], tol); err != nil {
					t.Errorf("%v, %v, form %d: %v", dt, c, form, err)
				}
			}
		}
	}
}

// Training is the same on both engines, for each activation, loss and optimizer that a net can have.
func TestTrainsAsOnTheHost(t *testing.T) {
	e := gpu(t)
	host, err := backend.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	const batch, steps = 7, 20
	x, y := make([]float64, batch*5), make([]float64, batch*3)
	for i := range x {
		x[i] = math.Sin(float64(i * i))
	}
	for i := range batch {
		y[i*3+i%3] = 1
	}
	for name, opt := range map[string]models.Optimizer{"SGD": models.SGD{}, "Momentum": models.Momentum{Mu: 0.9}, "Adam": models.Adam{Beta1: 0.9, Beta2: 0.999}} {
		for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			t.Run(fmt.Sprint(name, " ", dt), func(t *testing.T) {
				var losses [2][]float64
				for i, on := range []backend.Engine{host, e} {
					losses[i] = learn(t, on, dt, opt, batch, steps, x, y)
				}
				tol := 1e-12
				if dt == tensor.Float32 {
					tol = 1e-5
				}
				if err := irtest.Close(losses[1], losses[0], tol); err != nil {
					t.Error(err)
				}
				if losses[1][steps-1] >= losses[1][0] {
					t.Errorf("it does not learn: %v", losses[1])
				}
			})
		}
	}
}

func learn(t *testing.T, e backend.Engine, dt tensor.Dtype, opt models.Optimizer, batch, steps int, x, y []float64) []float64 {
	t.Helper()
	net, err := models.MLP{Widths: []int{5, 6, 4, 3}, Seed: 1}.Net()
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.New(net, e, dt)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	s, err := m.Step(batch, opt)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, err := range []error{s.SetLR(0.05), s.X.SetFloats(x), s.T.SetFloats(y)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var losses []float64
	for range steps {
		if err := s.Run(); err != nil {
			t.Fatal(err)
		}
		loss, err := s.Loss()
		if err != nil {
			t.Fatal(err)
		}
		losses = append(losses, loss)
	}
	return losses
}

// A thousand engines, one after the other, each with memory and a program that nobody frees. The fake driver ends the
// process if one leaves anything behind.
func TestOpenAndClose(t *testing.T) {
	if !strings.Contains(gpu(t).Device(), "fake driver") {
		t.Skip("only the fake driver counts what is left, and a context of a real one takes a tenth of a second")
	}
	for range 1000 {
		e, err := backend.Open("cuda")
		if err != nil {
			t.Fatal(err)
		}
		b := ir.NewBuilder("leak", ir.Float32)
		p, err := b.Done([]ir.ID{b.Op(ir.Exp, b.Input("x", 3))})
		if err != nil {
			t.Fatal(err)
		}
		buf, err := e.Alloc(ir.Float32, 3)
		if err != nil {
			t.Fatal(err)
		}
		x, err := e.Compile(backend.Prepare(e, p), map[string]backend.Buffer{"x": buf})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		if err := e.Close(); err != nil {
			t.Errorf("closed twice: %v", err)
		}
		if err := x.Run(); err == nil || err.Error() != "cuda: the engine is closed" {
			t.Fatalf("a program of a closed engine: %v", err)
		}
		x.Close()
		buf.Free()
	}
}

// What a user sees where something is missing or breaks: one line, with what to do.
func TestErrors(t *testing.T) {
	if os.Getenv("STHENO_TEST_ERRORS") != "" {
		fmt.Println("ERROR", breakdown())
		return
	}
	if !strings.Contains(gpu(t).Device(), "fake driver") {
		t.Skip("errors are the fake driver's to make")
	}
	for setting, want := range map[string]string{
		"FAKE_INIT=100":       "cuda: start: no GPU: the driver finds none (nvidia-smi lists them; CUDA_VISIBLE_DEVICES may hide them): use -backend=go or -backend=blas (CUDA error 100)",
		"FAKE_INIT=803":       "cuda: start: the driver's parts are of different versions: restart the machine (CUDA error 803)",
		"FAKE_INIT=35":        "cuda: start: an error of the fake driver (CUDA error 35)",
		"FAKE_VERSION=11080":  "cuda: the driver knows CUDA 11.8, the kernels need 12.0: update the NVIDIA driver to 525 or newer",
		"FAKE_CAPABILITY=6":   "cuda: no GPU but the fake driver on the host has compute capability 6.0, the kernels need 7.0 (Volta, 2017) or newer: use -backend=go or -backend=blas",
		"FAKE_DEVICES=0":      "cuda: count the GPUs: no GPU: the driver finds none (nvidia-smi lists them; CUDA_VISIBLE_DEVICES may hide them): use -backend=go or -backend=blas (CUDA error 100)",
		"FAKE_MEMORY=2000":    "program break: cuda: allocate 2240 bytes: the GPU's memory is full: use a smaller batch or net, or end other programs on it (nvidia-smi lists them) (CUDA error 2)",
		"FAKE_LOST=5":         "cuda: run: the GPU stopped while it ran a kernel: start the program again (CUDA error 719)",
		"FAKE_REFUSE=1":       "program break: cuda: compile the program's kernels: the driver's compiler does not take the kernels: update the NVIDIA driver to 525 or newer (CUDA error 218): the fake driver refuses",
		"FAKE_ORDER=straight": "<nil>",
	} {
		c := exec.Command(os.Args[0], "-test.run=^TestErrors$")
		c.Env = append(os.Environ(), "STHENO_TEST_ERRORS=1", setting)
		out, err := c.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "ERROR "+want+"\n") {
			t.Errorf("%s: %v\n%s\nwant: %s", setting, err, out, want)
		}
	}
}

// breakdown does a little work and gives the first error.
func breakdown() error {
	e, err := backend.Open("cuda")
	if err != nil {
		return err
	}
	buf, err := e.Alloc(ir.Float32, 300)
	if err != nil {
		return err
	}
	b := ir.NewBuilder("break", ir.Float32)
	p, err := b.Done([]ir.ID{b.Op(ir.Exp, b.Input("x", 300)), b.Const(make([]float64, 1), 256)})
	if err != nil {
		return err
	}
	x, err := e.Compile(backend.Prepare(e, p), map[string]backend.Buffer{"x": buf})
	if err != nil {
		return err
	}
	for range 10 {
		if err := x.Run(); err != nil {
			return err
		}
	}
	return e.Close()
}
