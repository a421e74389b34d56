package cuda

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/backendtest"
	"github.com/stheno/stheno/backend/cuda/internal/driver"
	"github.com/stheno/stheno/backend/cuda/internal/driver/drivertest"
	"github.com/stheno/stheno/ir"
)

// These tests are of everything but the kernels' arithmetic, on a driver of plain Go.

// opened is an engine on such a driver. At the end of the test the driver must hold nothing.
func opened(t *testing.T) (*Engine, *drivertest.Driver) {
	t.Helper()
	d := drivertest.New(t)
	e, err := Open(d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e, d
}

func TestBuffers(t *testing.T) {
	d := drivertest.New(t)
	backendtest.TestMemory(t, func() (backend.Engine, error) { return Open(d) })
}

// What a user sees where the engine cannot start: one line, with what to do. Nothing is held then.
func TestOpenErrors(t *testing.T) {
	for want, set := range map[string]func(d *drivertest.Driver){
		"cuda: start: no GPU: the driver finds none (nvidia-smi lists them; CUDA_VISIBLE_DEVICES may hide them): use -backend=go or -backend=blas (CUDA error 100)": failing("Init", driver.NoDevice),
		"cuda: start: refused (CUDA error 35)": failing("Init", 35),
		"cuda: the driver knows CUDA 11.8, the kernels need 12.0: update the NVIDIA driver to 525 or newer":     func(d *drivertest.Driver) { d.CUDA = 11080 },
		"cuda: no GPU has compute capability 6.0, the kernels need 7.0 (Volta, 2017) or newer: use -backend=go": func(d *drivertest.Driver) { d.GPU.Major = 6 },
		"cuda: count the GPUs: no GPU: the driver finds none":                                                   func(d *drivertest.Driver) { d.Devices = 0 },
		"cuda: count the GPUs: refused":               failing("DeviceCount", 1),
		"cuda: ask for the GPU's properties: refused": failing("Device", 1),
		"cuda: use no GPU, 1 GiB, compute capability 8.0, driver for CUDA 12.0: the GPU is in use by another":    failing("NewContext", 46),
		"cuda: use no GPU, 1 GiB, compute capability 8.0, driver for CUDA 12.0: the driver is in a broken state": failing("SetContext", 999),
		"cuda: make a stream: refused": failing("NewStream", 1),
	} {
		d := drivertest.New(t)
		set(d)
		if e, err := Open(d); e != nil || err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// Of several GPUs the one of a number is used, round and round.
func TestChosenGPU(t *testing.T) {
	for text, want := range map[string]string{
		"": "no GPU, 1 GiB", "0": "no GPU, 1 GiB", "2": "no GPU of number 2, ", "4": "no GPU of number 1, ",
		"-1": `cuda: STHENO_GPU="-1" is no number of a GPU: the driver shows 3, counted from 0`, "all": `cuda: STHENO_GPU="all" is no number of a GPU: the driver shows 3, counted from 0`,
	} {
		t.Setenv(GPU, text)
		d := drivertest.New(t)
		d.Devices = 3
		e, err := Open(d)
		if err != nil {
			if err.Error() != want {
				t.Errorf("%q: %v, want %s", text, err, want)
			}
			continue
		}
		if !strings.HasPrefix(e.Device(), want) {
			t.Errorf("%q: on %s, want %s", text, e.Device(), want)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}

// failing has a call answer with an error.
func failing(call string, code int) func(d *drivertest.Driver) {
	return func(d *drivertest.Driver) {
		d.Fail = func(name string) error {
			if name == call {
				return &driver.Error{Code: code, Text: "refused"}
			}
			return nil
		}
	}
}

// user makes and uses all that an engine can have: buffers, tables, programs of own kernels, of kernels of the files, of products of
// cuBLAS and of the host's functions, and a loop.
type user struct {
	e      *Engine
	closes []func()
}

func (u *user) closing(f func()) { u.closes = append(u.closes, f) }

// close gives back what was made, the last first.
func (u *user) close() {
	for _, f := range slices.Backward(u.closes) {
		f()
	}
	u.closes = nil
}

func (u *user) work() error {
	u.e.large = 1 << 12
	b := ir.NewBuilder("work", ir.Float32)
	x, w := b.Input("x", 40, 30), b.Input("w", 30, 20)
	h := b.Op(ir.Tanh, b.Op(ir.MatMul, x, w))
	pinned := b.Input("large", pinFrom/4+1)
	small := b.Op(ir.MatMul, b.Const(make([]float64, 64*4), 64, 4), b.Const(make([]float64, 4*12), 4, 12))
	host := b.Emit(ir.Instr{Op: ir.Host, Args: []ir.ID{h}, Shape: ir.Shape{40, 20}, Name: "copy", Host: func(out any, in []any) error {
		copy(out.([]float32), in[0].([]float32))
		return nil
	}})
	sum := b.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{host}, Axes: []int{0, 1}})
	p, err := b.Done([]ir.ID{sum, small, pinned}, ir.Update{Into: w, Value: b.Op(ir.Mul, w, b.Scalar(0.5))})
	if err != nil {
		return err
	}
	x1, _, err := u.compile(p)
	if err != nil {
		return err
	}
	for range 2 {
		if err := x1.Run(); err != nil {
			return err
		}
	}
	if _, err := x1.(backend.Profiler).Profile(); err != nil {
		return err
	}
	if err := x1.Output(0).Read(make([]float32, 1)); err != nil {
		return err
	}
	c, err := u.counting()
	if err != nil {
		return err
	}
	for range 4 { // all ways
		if err := c.loop.Run(make([]int, 34*3), make([]float64, 34)); err != nil {
			return err
		}
	}
	return nil
}

// compile makes buffers for a program's inputs, and compiles it.
func (u *user) compile(p *ir.Program) (backend.Exec, map[string]backend.Buffer, error) {
	bind := map[string]backend.Buffer{}
	for i := range p.Instrs {
		in := p.At(ir.ID(i))
		if in.Op != ir.Input {
			continue
		}
		b, err := u.e.Alloc(p.DType, in.Shape.Size())
		if err != nil {
			return nil, nil, err
		}
		u.closing(b.Free)
		bind[in.Name] = b
		if err := b.Write(b.(backend.Stager).Stage()); err != nil {
			return nil, nil, err
		}
	}
	x, err := u.e.Compile(backend.Prepare(u.e, p), bind)
	if err == nil {
		u.closing(x.Close)
	}
	return x, bind, err
}

// TestEveryCallFails has each call of the driver fail in turn: the error comes out as one line, and of what failed nothing is left
// behind, nor of what was made before and is closed.
func TestEveryCallFails(t *testing.T) {
	e, d := opened(t)
	u := &user{e: e}
	if err := u.work(); err != nil {
		t.Fatal(err)
	}
	u.close()
	calls := len(d.Calls())
	if len(d.Products()) == 0 {
		t.Error("no product is cuBLAS's")
	}
	for at := range calls {
		t.Run(fmt.Sprintf("%d %s", at, d.Calls()[at]), func(t *testing.T) {
			d, n := drivertest.New(t), 0
			d.Fail = func(string) error {
				if n++; n == at+1 {
					return &driver.Error{Code: 719, Text: "refused"}
				}
				return nil
			}
			e, err := Open(d)
			if err == nil {
				u := &user{e: e}
				err = u.work()
				u.close()
				d.Fail = nil
				want := drivertest.Held{Contexts: 1, Streams: 1, Modules: len(e.modules)} // what the engine keeps
				if e.blas != nil {
					want.BLAS, want.Memory = 1, 3
				}
				if got := d.Held(); got != want && d.Calls()[at] != "SetContext" { // what cannot be reached is freed with the engine
					t.Errorf("after all is closed there are %+v, want %+v", got, want)
				}
				if closing := e.Close(); closing != nil {
					t.Error(closing)
				}
			}
			if n <= at {
				t.Skip("the autotuned ways took another turn")
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("not one line: %v", err)
			}
			if err == nil && !freeing[d.Calls()[at]] {
				t.Errorf("the failure of %s is not told", d.Calls()[at])
			}
		})
	}
}

// freeing are the calls whose failure their caller does not hear of: what is given back is given back, and the driver says the same to
// the next call; what cannot be pinned is not.
var freeing = map[string]bool{"Free": true, "Unpin": true, "Pin": true, "Unload": true, "DestroyGraph": true, "CloseBLAS": true, "Synchronize": true, "SetContext": true}

// Closing the engine says what fails, and frees the rest all the same.
func TestCloseFails(t *testing.T) {
	for _, call := range []string{"Synchronize", "DestroyGraph", "Unload", "CloseBLAS", "Free", "Unpin", "DestroyStream", "DestroyContext"} {
		d := drivertest.New(t)
		e, err := Open(d)
		if err != nil {
			t.Fatal(err)
		}
		if err := (&user{e: e}).work(); err != nil { // and leaves all open
			t.Fatal(err)
		}
		failing(call, 35)(d)
		if err := e.Close(); err == nil || err.Error() != "cuda: close: refused (CUDA error 35)" {
			t.Errorf("%s: %v", call, err)
		}
		if err := e.Close(); err != nil {
			t.Errorf("closed twice: %v", err)
		}
		if _, err := e.Alloc(ir.Float32, 1); err != errClosed {
			t.Errorf("memory of a closed engine: %v", err)
		}
	}
}
