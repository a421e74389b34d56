//go:build cuda

package cuda

// #cgo CFLAGS: -I${SRCDIR}/compat -I/usr/local/cuda/include -I/opt/cuda/include
// #cgo LDFLAGS: -L/usr/local/cuda/lib64/stubs -L/usr/local/cuda/lib64 -L/opt/cuda/lib64 -lcuda -Wl,--wrap=cuInit
// #include <cuda.h>
// CUresult stheno_initialised(void);
import "C"

import (
	"runtime"
	"unsafe"

	"gorgonia.org/cu"
)

// gorgonia.org/cu builds graphs node by node. Here is what it lacks: to record a stream's work as a graph, to make the
// graph ready, and to launch it; and to launch a kernel whose blocks wait for one another.

// graph is recorded work, ready to be launched as a whole.
type graph struct{ exec C.CUgraphExec }

// capture records what f puts into the stream. Nothing of it runs.
func capture(s cu.Stream, f func() error) (*graph, error) {
	stream := C.CUstream(unsafe.Pointer(s.C()))
	// relaxed: what is used for the first time, a kernel or cuBLAS, may be loaded meanwhile
	if err := result(C.cuStreamBeginCapture(stream, C.CU_STREAM_CAPTURE_MODE_RELAXED)); err != nil {
		return nil, err
	}
	err := f()
	var recorded C.CUgraph
	if end := result(C.cuStreamEndCapture(stream, &recorded)); err == nil {
		err = end
	}
	if recorded != nil {
		defer C.cuGraphDestroy(recorded)
	}
	if err != nil {
		return nil, err
	}
	g := &graph{}
	return g, result(C.cuGraphInstantiateWithFlags(&g.exec, recorded, 0))
}

// launch puts the graph into the stream and returns at once.
func (g *graph) launch(s cu.Stream) error {
	return result(C.cuGraphLaunch(g.exec, C.CUstream(unsafe.Pointer(s.C()))))
}

func (g *graph) destroy() error { return result(C.cuGraphExecDestroy(g.exec)) }

// together launches a kernel whose blocks are all on the GPU at once.
func together(f cu.Function, grid, threads int, s cu.Stream, args []uint64) error {
	var pin runtime.Pinner
	defer pin.Unpin()
	pin.Pin(&args[0])
	params := make([]unsafe.Pointer, len(args))
	for i := range args {
		params[i] = unsafe.Pointer(&args[i])
	}
	handle := *(*C.CUfunction)(unsafe.Pointer(&f)) // a Function is that and nothing else
	return result(C.cuLaunchCooperativeKernel(handle, C.uint(grid), 1, 1, C.uint(threads), 1, 1, 0,
		C.CUstream(unsafe.Pointer(s.C())), &params[0]))
}

// cooperative says whether a GPU has such launches.
const cooperative cu.DeviceAttribute = C.CU_DEVICE_ATTRIBUTE_COOPERATIVE_LAUNCH

// initialised is the driver's answer to the start of the program.
func initialised() error { return result(C.stheno_initialised()) }

func result(code C.CUresult) error {
	if code == C.CUDA_SUCCESS {
		return nil
	}
	return status(code)
}

// status is an error of the driver that did not come through cu.
type status int

func (s status) Error() string {
	var text *C.char
	if C.cuGetErrorString(C.CUresult(s), &text) != C.CUDA_SUCCESS || text == nil {
		return "unknown error"
	}
	return C.GoString(text)
}
