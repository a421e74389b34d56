package cuda

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/cuda/emit"
	"github.com/stheno/stheno/backend/cuda/internal/driver"
	"github.com/stheno/stheno/backend/cuda/internal/driver/drivertest"
	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
)

// A run launches what emit chose, in its order, each run and each profile alike. The driver makes sure that the kernels are there, and
// have as many parameters as they get arguments.
func TestRunsWhatEmitChose(t *testing.T) {
	for _, dt := range []ir.DType{ir.Float32, ir.Float64} {
		for seed := range uint64(20) {
			e, d := opened(t)
			p, _ := irtest.Program(dt, seed)
			unit := backend.Prepare(e, p)
			out, err := emit.Emit(unit, emit.Options{Large: emit.Large})
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for _, s := range out.Launches {
				if s.Kernel != "" {
					want = append(want, fmt.Sprint(s.Kernel, s.Grid, emit.Threads))
				}
			}
			u := &user{e: e}
			x, _, err := u.compile(p)
			if err != nil {
				t.Fatalf("%v, seed %d: %v", dt, seed, err)
			}
			profile := func() error {
				_, err := x.(backend.Profiler).Profile()
				return err
			}
			for _, run := range []func() error{x.Run, profile, x.Run} {
				before := len(d.Launched())
				if err := run(); err != nil {
					t.Fatalf("%v, seed %d: %v", dt, seed, err)
				}
				var got []string
				for _, l := range d.Launched()[before:] {
					got = append(got, fmt.Sprint(l.Kernel, l.Grid, l.Threads))
				}
				if !slices.Equal(got, want) {
					t.Errorf("%v, seed %d: %v, want %v", dt, seed, got, want)
				}
			}
		}
	}
}

// A host function gets what the kernels before it have written, and those after it get what it wrote; an update comes last.
func TestHostBetweenKernels(t *testing.T) {
	e, d := opened(t)
	b := ir.NewBuilder("between", ir.Float64)
	x := b.Input("x", 2)
	before := b.Op(ir.Exp, x)
	host := b.Emit(ir.Instr{Op: ir.Host, Args: []ir.ID{before}, Shape: ir.Shape{2}, Name: "host", Host: func(out any, in []any) error {
		for i, v := range in[0].([]float64) {
			out.([]float64)[i] = 10 * v
		}
		return nil
	}})
	after := b.Op(ir.Tanh, host)
	p, err := b.Done([]ir.ID{after}, ir.Update{Into: x, Value: b.Op(ir.Add, x, after)})
	if err != nil {
		t.Fatal(err)
	}
	u := &user{e: e}
	exec, bind, err := u.compile(p)
	if err != nil {
		t.Fatal(err)
	}
	if err := bind["x"].Write([]float64{1, 2}); err != nil {
		t.Fatal(err)
	}
	number := func(m uint64) []byte { return d.Bytes(driver.Memory(m), 16) }
	var seen []string
	d.Kernel = func(l drivertest.Launched) error { // a kernel copies its first argument to its last
		from, to := number(l.Args[0]), number(l.Args[len(l.Args)-1])
		copy(to, from)
		seen = append(seen, l.Kernel)
		return nil
	}
	calls := len(d.Calls())
	if err := exec.Run(); err != nil {
		t.Fatal(err)
	}
	got := make([]float64, 2)
	if err := exec.Output(0).Read(got); err != nil {
		t.Fatal(err)
	}
	if want := []float64{10, 20}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v; kernels %v, calls %v", got, want, seen, d.Calls()[calls:])
	}
}

// cuBLAS gets a product as its manual has it: column by column, so that the factors change places.
func TestProductOfBLAS(t *testing.T) {
	for form := range 4 {
		e, d := opened(t)
		e.large, e.tf32 = 1, form == 3
		g := irtest.New("product", ir.Float32, 1)
		transA, transB := form&1 != 0, form&2 != 0
		p, err := g.Done([]ir.ID{g.MatMul(ir.Instr{TransA: transA, TransB: transB}, 5, 3, 7)})
		if err != nil {
			t.Fatal(err)
		}
		u := &user{e: e}
		x, _, err := u.compile(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := x.Run(); err != nil {
			t.Fatal(err)
		}
		products := d.Products()
		if len(products) != 1 {
			t.Fatalf("form %d: %d products", form, len(products))
		}
		got := products[0]
		want := driver.Product{TF32: form == 3, TransA: transB, TransB: transA, M: 3, N: 5, K: 7, LDA: 3, LDB: 7, LDC: 3,
			Alpha: e.blas.constants[ir.Float32], Beta: e.blas.constants[ir.Float32] + 4, A: got.A, B: got.B, C: x.Output(0).(*buffer).at}
		if transA {
			want.LDB = 5
		}
		if transB {
			want.LDA = 7
		}
		if got != want {
			t.Errorf("form %d: %+v, want %+v", form, got, want)
		}
	}
}

// What a user sees where something is missing or breaks in the middle: one line, with what to do.
func TestRunErrors(t *testing.T) {
	for want, set := range map[string]func(d *drivertest.Driver){
		"program work: cuda: compile the program's kernels: the driver's compiler does not take the kernels: update the NVIDIA driver to 525 or newer (CUDA error 218): the driver for tests refuses": failing("Load", 218),
		errNoLibrary.Error(): func(d *drivertest.Driver) { d.NoBLAS = true },
		"cuda: allocate 33554432 bytes: the GPU's memory is full: use a smaller batch or net":        func(d *drivertest.Driver) { d.GPU.Bytes = 1 << 20 },
		"cuda: run: the GPU stopped while it ran a kernel: start the program again (CUDA error 719)": failing("LaunchGraph", 719),
		"program work: cuda: record the launches: refused":                                           failing("EndCapture", 900),
		"program work: cuda: find the kernel ":                                                       failing("Function", 500),
		"cuda: copy from the GPU: refused":                                                           failing("Download", 1),
	} {
		d := drivertest.New(t)
		e, err := Open(d)
		if err != nil {
			t.Fatal(err)
		}
		set(d)
		if err := (&user{e: e}).work(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want %s", err, want)
		}
		d.Fail = nil
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}
