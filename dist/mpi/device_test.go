//go:build !static && (darwin || (linux && (cgo || 386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64)))

package mpi

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/stheno/stheno/dist"
	"github.com/stheno/stheno/dist/disttest"
	"github.com/stheno/stheno/internal/loader/loadertest"
)

// first is an answer that only the first process gives.
const first = `atoi(getenv("OMPI_COMM_WORLD_RANK") ? getenv("OMPI_COMM_WORLD_RANK") : getenv("PMI_RANK")) == 0`

// TestDevice: processes add up numbers by their addresses where all their libraries say that they work there. These are of a machine without a GPU:
// the libraries do not look whose memory it is.
func TestDevice(t *testing.T) {
	eachLauncher(t, func(t *testing.T, l disttest.Launcher) {
		if runtime.GOOS != "linux" {
			t.Skip("the libraries' names are those of Linux")
		}
		for answer, role := range map[string]string{"1": "device", "0": "no device", first: "no device"} {
			c := command(t, l, 2, os.Args[0], role)
			c.Env = append(c.Env, loads+"="+loadertest.MPI(t, alone[l.Name], answer))
			passes(t, c)
		}
	})
}

// onDevice adds up numbers of both types, in messages of 1000 elements.
func onDevice(g *group) error {
	if !g.CUDA() {
		return fmt.Errorf("its library is said not to work on the memory of GPUs")
	}
	g.most = 1000
	x, y := make([]float32, 3001), make([]float64, 2500)
	sum32, err32 := g.SumDevice(dist.Device{Pointer: uintptr(unsafe.Pointer(&x[0])), Len: len(x) - 1})
	sum64, err64 := g.SumDevice(dist.Device{Pointer: uintptr(unsafe.Pointer(&y[0])), Len: len(y), Double: true})
	none, err := g.SumDevice(dist.Device{})
	if err32 != nil || err64 != nil || err != nil {
		return fmt.Errorf("%v, %v, %v", err32, err64, err)
	}
	for round := range 3 {
		for i := range x {
			x[i] = float32(i + round + g.rank)
		}
		for i := range y {
			y[i] = float64(i - g.rank)
		}
		for _, op := range []dist.Operation{sum32, sum64, none} {
			if err := dist.Do(op); err != nil {
				return err
			}
		}
		pairs := float32(g.size * (g.size - 1) / 2)
		for i, v := range x[:3000] {
			if want := float32(g.size*(i+round)) + pairs; v != want {
				return fmt.Errorf("float32 %d is %v, want %v", i, v, want)
			}
		}
		if x[3000] != float32(3000+round+g.rank) {
			return fmt.Errorf("a number behind the last is changed")
		}
		for i, v := range y {
			if want := float64(g.size*i) - float64(pairs); v != want {
				return fmt.Errorf("float64 %d is %v, want %v", i, v, want)
			}
		}
	}
	if n := testing.AllocsPerRun(50, func() { err = dist.Do(sum32) }); err != nil || n > 0 && !raceDetector {
		return fmt.Errorf("%v allocations, error %v", n, err)
	}
	return nil
}

// noDevice is refused, in one line.
func noDevice(g *group) error {
	_, err := g.SumDevice(dist.Device{})
	if g.CUDA() || err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "memory of GPUs") {
		return fmt.Errorf("CUDA %v, error %v", g.CUDA(), err)
	}
	return nil
}
