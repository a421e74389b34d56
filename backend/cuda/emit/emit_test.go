package emit_test

import (
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/cuda/emit"
	"github.com/stheno/stheno/backend/cuda/kernels"
	_ "github.com/stheno/stheno/backend/plain"
	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not %s:\n%s\nRun go test ./backend/cuda/emit -update if that is what it should be.", name, path, got)
	}
}

// recorder is an engine that keeps what it is given to compile.
type recorder struct {
	backend.Engine
	units []*backend.Unit
}

func (r *recorder) Has(p *ir.Program, in *ir.Instr) bool { return emit.Has(p, in) }

func (r *recorder) Compile(u *backend.Unit, bind map[string]backend.Buffer) (backend.Exec, error) {
	r.units = append(r.units, u)
	return r.Engine.Compile(u, bind)
}

// never is more multiplications than a product has.
const never = math.MaxInt

// step is the training step of a net with 784 inputs and 10 classes.
func step(t *testing.T, hidden, batch int) *backend.Unit {
	t.Helper()
	net, err := models.TwoLayerNet(784, hidden, 10, 0.01, 1).Net()
	if err != nil {
		t.Fatal(err)
	}
	return stepOf(t, net, batch)
}

// stepOf is the training step of a net.
func stepOf(t *testing.T, net models.Net, batch int) *backend.Unit {
	t.Helper()
	e, err := backend.Open("plain")
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{Engine: e}
	m, err := models.New(net, r, tensor.Float32)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if _, err := m.Step(batch, nil); err != nil {
		t.Fatal(err)
	}
	return r.units[0]
}

// book is what a run of its training step gets.
var book = []emit.Feed{{Name: "x", Width: 784, Columns: 1, Encoding: backend.Scaled}, {Name: "t", Width: 1, Columns: 10, Encoding: backend.OneHot}}

// The training step of the book's net: what is launched, and the PTX of its chains.
func TestStepGolden(t *testing.T) {
	u := step(t, 50, 100)
	p, err := emit.Emit(u, emit.Options{Large: never})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "step", u.Program.String()+p.String())
	u, p = emit.Loop(u, 100, book)
	golden(t, "loop", u.String()+p.String())
	golden(t, "around", emit.Around(ir.Float32, 100, book).String())
}

// Larger nets: products that are launched by themselves, and kernels for what is between them.
func TestLaunchesGolden(t *testing.T) {
	var all strings.Builder
	for _, c := range [][2]int{{512, 100}, {1024, 1024}} {
		u := step(t, c[0], c[1])
		p, err := emit.Emit(u, emit.Options{Large: emit.Large})
		if err != nil {
			t.Fatal(err)
		}
		p.Source = ""
		fmt.Fprintf(&all, "784-%d-10, batch %d\n%s", c[0], c[1], p)
	}
	golden(t, "launches", all.String())
}

// The book's deep network: everything is launched on the GPU, and no matrix of patches is made.
func TestImagesGolden(t *testing.T) {
	net, err := models.DeepConvNet(models.Image{Channels: 1, Height: 28, Width: 28}, 50, 10).Net()
	if err != nil {
		t.Fatal(err)
	}
	u := stepOf(t, net, 100)
	for i := range u.Program.Instrs {
		if op := u.Program.At(ir.ID(i)).Op; op == ir.Host || op == ir.Patches || op == ir.Unpatch {
			t.Errorf("%%%d is %v", i, op)
		}
	}
	p, err := emit.Emit(u, emit.Options{Large: emit.Large})
	if err != nil {
		t.Fatal(err)
	}
	p.Source = ""
	golden(t, "images", p.String())
}

// What cannot be one kernel gives none.
func TestNoLoop(t *testing.T) {
	for name, in := range map[string]func(g *irtest.Gen, x ir.ID) ir.ID{
		"host":   func(g *irtest.Gen, x ir.ID) ir.ID { return g.Sample(ir.Host, ir.Shape{1}) },
		"large":  func(g *irtest.Gen, x ir.ID) ir.ID { return g.MatMul(ir.Instr{}, 4096, 1024, 784) },
		"simple": func(g *irtest.Gen, x ir.ID) ir.ID { return g.Op(ir.Exp, x) },
	} {
		g := irtest.New(name, ir.Float32, 1)
		x, y := g.Fresh(0, 1, 3, 4), g.Fresh(0, 1, 3, 2)
		p, err := g.Done([]ir.ID{in(g, x)})
		if err != nil {
			t.Fatal(err)
		}
		_, loop := emit.Loop(backend.Prepare(&recorder{}, p), 3, []emit.Feed{{Name: p.At(x).Name, Width: 4, Columns: 1}, {Name: p.At(y).Name, Width: 1, Columns: 2, Encoding: backend.OneHot}})
		if (loop != nil) != (name == "simple") {
			t.Errorf("%s: %v", name, loop)
		}
	}
}

func build(t *testing.T, g *irtest.Gen, large int, outputs ...ir.ID) *emit.Code {
	t.Helper()
	p, err := g.Done(outputs)
	if err != nil {
		t.Fatal(err)
	}
	out, err := emit.Emit(backend.Plan(p), emit.Options{Large: large})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// One of each kernel, in a program of its own: every kind of instruction in a chain, views, products of all forms and sizes,
// reductions.
func TestOpsGolden(t *testing.T) {
	chains := []ir.Op{ir.Add, ir.Sub, ir.Mul, ir.Div, ir.Pow, ir.Less, ir.LessEq, ir.Equal, ir.Exp, ir.Log, ir.Sqrt, ir.Tanh, ir.Sigmoid}
	others := []func(g *irtest.Gen, x, y ir.ID) ir.ID{
		func(g *irtest.Gen, x, _ ir.ID) ir.ID { return g.Op(ir.Add, x, g.Scalar(0.1)) },
		func(g *irtest.Gen, x, _ ir.ID) ir.ID { return g.Op(ir.Mul, x, g.Fresh(1, 2)) },
		func(g *irtest.Gen, x, _ ir.ID) ir.ID { return g.View(x, ir.View{Strides: []int{1, 6}}, 6, 4) },
		func(g *irtest.Gen, x, _ ir.ID) ir.ID {
			return g.View(x, ir.View{Offset: 7, Strides: []int{6, 2}}, 2, 2)
		},
		func(g *irtest.Gen, x, _ ir.ID) ir.ID {
			return g.View(x, ir.View{Strides: []int{0, 6, 0, 1}}, 2, 4, 3, 6)
		},
		func(g *irtest.Gen, _, _ ir.ID) ir.ID {
			return g.MatMul(ir.Instr{TransA: true, Bias: true, Act: ir.Tanh}, 100, 50, 7)
		},
		func(g *irtest.Gen, _, _ ir.ID) ir.ID {
			return g.MatMul(ir.Instr{TransB: true, Acc: true}, 1024, 1000, 3)
		},
		func(g *irtest.Gen, x, _ ir.ID) ir.ID {
			return g.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{x}, Axes: []int{0}})
		},
		func(g *irtest.Gen, x, _ ir.ID) ir.ID {
			return g.Emit(ir.Instr{Op: ir.Max, Args: []ir.ID{x}, Axes: []int{1}})
		},
		func(g *irtest.Gen, _, _ ir.ID) ir.ID {
			return g.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{g.Fresh(1, 2, 2, 3, 4, 5, 6, 7)}, Axes: []int{0, 2, 4}})
		},
		func(g *irtest.Gen, x, _ ir.ID) ir.ID {
			return g.Emit(ir.Instr{Op: ir.Softmax, Args: []ir.ID{x}, Log: true})
		},
		func(g *irtest.Gen, x, y ir.ID) ir.ID { return g.Op(ir.LogLikelihood, x, y) },
		func(g *irtest.Gen, x, y ir.ID) ir.ID { return g.Op(ir.LogLikelihoodGrad, x, y, g.Fresh(1, 2)) },
		func(g *irtest.Gen, _, _ ir.ID) ir.ID { return g.Sample(ir.Host, ir.Shape{2}) },
	}
	for _, op := range chains {
		others = append(others, func(g *irtest.Gen, x, y ir.ID) ir.ID { return g.Op(op, []ir.ID{x, y}[:op.Arity()]...) })
	}
	for _, dt := range []ir.DType{ir.Float32, ir.Float64} {
		var all strings.Builder
		for _, op := range others {
			g := irtest.New("ops", dt, 1)
			all.WriteString(build(t, g, never, op(g, g.Fresh(-2, 2, 4, 6), g.Fresh(0.5, 2, 4, 6))).String())
		}
		golden(t, "ops_"+emit.Suffix(dt), all.String())
	}
}

// Large products are cuBLAS's, with a chain for what it cannot do.
func TestLibrary(t *testing.T) {
	g := irtest.New("library", ir.Float32, 1)
	x, w := g.Fresh(0, 1, 300, 200), g.Fresh(0, 1, 200, 100)
	h := g.MatMul(ir.Instr{}, 300, 100, 200)
	b := g.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{x, w, g.Fresh(0, 1, 100)}, Bias: true, Act: ir.Sigmoid})
	up := g.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{x, h, w, g.Scalar(0.1)}, TransA: true, Acc: true})
	golden(t, "library", build(t, g, 1<<20, h, b, up).String())
}

// A value whose elements cannot be counted in 32 bits is an error, not a wrong result.
func TestTooLarge(t *testing.T) {
	b := ir.NewBuilder("large", ir.Float32)
	p, err := b.Done([]ir.ID{b.Op(ir.Exp, b.Input("x", 1<<16, 1<<16))})
	if err != nil {
		t.Fatal(err)
	}
	_, err = emit.Emit(backend.Prepare(&recorder{}, p), emit.Options{Large: never})
	if want := "large: %0 = input has the shape 65536x65536: a value on the GPU has at most 2147483647 elements"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// ptxas takes the chains of random programs, for each generation of GPUs. STHENO_TOOLCHAIN is the folder cuda12 that
// toolchain.sh made.
func TestAssembles(t *testing.T) {
	tools := os.Getenv("STHENO_TOOLCHAIN")
	if tools == "" {
		t.Skip("ptxas is not here: run backend/cuda/toolchain.sh FOLDER and set STHENO_TOOLCHAIN=FOLDER/cuda12")
	}
	programs := 40
	if testing.Short() {
		programs = 4
	}
	for _, dt := range []ir.DType{ir.Float32, ir.Float64} {
		library, err := kernels.Source("functions_" + emit.Suffix(dt))
		if err != nil {
			t.Fatal(err)
		}
		var all strings.Builder // kernels' names are of one program: each program gets its own
		var calls []string
		for seed := range uint64(programs) {
			p, _ := irtest.Program(dt, seed)
			unit := backend.Prepare(&recorder{}, p)
			out, err := emit.Emit(unit, emit.Options{Large: never})
			if err != nil {
				t.Fatal(err)
			}
			feeds := []emit.Feed{{Width: 3, Columns: 1}, {Width: 1, Columns: 2, Encoding: backend.OneHot}}
			_, loop := emit.Loop(unit, 2, feeds)
			for _, out := range []*emit.Code{out, loop, emit.Around(dt, 2, feeds)} {
				if out != nil {
					all.WriteString(strings.ReplaceAll(out.Source, ".entry ", fmt.Sprintf(".entry p%d", seed)))
					calls = append(calls, out.Calls...)
				}
			}
		}
		assemble(t, tools, emit.Link(library, all.String(), calls))
	}
}

// A program gets the functions that it calls, with what these need, and no more.
func TestLink(t *testing.T) {
	library := ".version 8.0\n.target sm_70\n\n.func  (.param .b64 r) inner\n(\n.param .b64 x\n)\n;\n.global .align 4 .b8 table[8];\n" +
		".weak .shared .align 4 .b8 pool[16];\n.visible .func (.param .b64 r) outer(\n)\n{\n\tcall inner;\n}\n" +
		".func (.param .b64 r) inner(\n)\n{\n\tmov x, pool;\n}\n.visible .func other()\n{\n\tld table;\n}\n"
	want := emit.Header + ".func  (.param .b64 r) inner\n(\n.param .b64 x\n)\n;\n.weak .shared .align 4 .b8 pool[16];\n" +
		".visible .func (.param .b64 r) outer(\n)\n{\n\tcall inner;\n}\n.func (.param .b64 r) inner(\n)\n{\n\tmov x, pool;\n}\nsource"
	if got := emit.Link(library, "source", []string{"outer"}); got != want {
		t.Errorf("%s\nwant:\n%s", got, want)
	}
	if got := emit.Link(library, "source", nil); got != emit.Header+"source" {
		t.Errorf("nothing called: %s", got)
	}
}

// Small layers are one kernel with what follows them; large ones are launched by themselves.
func TestPhases(t *testing.T) {
	for _, c := range []struct {
		batch, hidden int
		want          string // the kernels of a layer and the softmax after it
	}{
		{100, 50, "phase0"}, {500, 50, "phase0"}, {100, 1024, "gemm_pairs_n_f32 softmax_f32"}, {4096, 1024, "gemm_wide_nn_f32 softmax_f32"},
	} {
		g := irtest.New("layer", ir.Float32, 1)
		h := g.MatMul(ir.Instr{Bias: true}, c.batch, c.hidden, 784)
		p := build(t, g, never, g.Op(ir.Softmax, h))
		var names []string
		for _, s := range p.Launches {
			names = append(names, s.Kernel)
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("batch %d, hidden %d: %s, want %s", c.batch, c.hidden, got, c.want)
		}
	}
}

func assemble(t *testing.T, tools, ptx string) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "chains.ptx")
	if err := os.WriteFile(file, []byte(ptx), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, arch := range []string{"sm_70", "sm_80", "sm_90"} {
		out, err := exec.Command(filepath.Join(tools, "bin", "ptxas"), "-arch="+arch, "-o", filepath.Join(dir, "chains.cubin"), file).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%.2000s", arch, err, out)
		}
	}
}
