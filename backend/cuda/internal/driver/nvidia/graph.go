//go:build cuda

package nvidia

// #cgo CFLAGS: -I${SRCDIR}/../../../compat -I/usr/local/cuda/include -I/opt/cuda/include
// #cgo LDFLAGS: -L/usr/local/cuda/lib64/stubs -L/usr/local/cuda/lib64 -L/opt/cuda/lib64 -lcuda -Wl,--wrap=cuInit
// #include <cuda.h>
// CUresult stheno_initialised(void);
import "C"

import (
	"runtime"
	"unsafe"

	"github.com/stheno/stheno/backend/cuda/internal/driver"

	"gorgonia.org/cu"
)

// gorgonia.org/cu builds graphs node by node. Here is what it lacks: to record a stream's work as a graph, to make the
// graph ready, and to launch it; and to launch a kernel whose blocks wait for one another.

func stream(s driver.Stream) C.CUstream { return from[C.CUstream](s) }

func (Driver) BeginCapture(s driver.Stream) error {
	// relaxed: what is used for the first time, a kernel or cuBLAS, may be loaded meanwhile
	return failure(result(C.cuStreamBeginCapture(stream(s), C.CU_STREAM_CAPTURE_MODE_RELAXED)))
}

func (Driver) EndCapture(s driver.Stream) (driver.Graph, error) {
	var recorded C.CUgraph
	err := result(C.cuStreamEndCapture(stream(s), &recorded))
	if recorded != nil {
		defer C.cuGraphDestroy(recorded)
	}
	if err != nil {
		return 0, failure(err)
	}
	var ready C.CUgraphExec
	if err := result(C.cuGraphInstantiateWithFlags(&ready, recorded, 0)); err != nil {
		return 0, failure(err)
	}
	return to[driver.Graph](ready), nil
}

func (Driver) LaunchGraph(g driver.Graph, s driver.Stream) error {
	return failure(result(C.cuGraphLaunch(from[C.CUgraphExec](g), stream(s))))
}

func (Driver) DestroyGraph(g driver.Graph) error {
	return failure(result(C.cuGraphExecDestroy(from[C.CUgraphExec](g))))
}

// together launches a kernel whose blocks are all on the GPU at once.
func together(f driver.Function, l driver.Launch, s driver.Stream) error {
	var pin runtime.Pinner
	defer pin.Unpin()
	params := make([]unsafe.Pointer, len(l.Args))
	for i := range l.Args {
		params[i] = unsafe.Pointer(&l.Args[i])
	}
	if len(params) == 0 {
		params = append(params, nil)
	} else {
		pin.Pin(&l.Args[0])
	}
	return result(C.cuLaunchCooperativeKernel(from[C.CUfunction](f), C.uint(l.Grid), 1, 1, C.uint(l.Threads), 1, 1, 0, stream(s), &params[0]))
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

func (s status) Error() string { return errorText(int(s)) }

// errorText is what the driver says of an error.
func errorText(code int) string {
	var text *C.char
	if C.cuGetErrorString(C.CUresult(code), &text) != C.CUDA_SUCCESS || text == nil {
		return "unknown error"
	}
	return C.GoString(text)
}
