// Package driver is the seam between the engine and NVIDIA's driver: the calls that the engine makes, as an interface. Package nvidia
// has the driver itself, under the build tag cuda; package drivertest has one for tests, of plain Go.
package driver

import (
	"errors"
	"fmt"
	"time"
	"unsafe"
)

// Memory is an address in the GPU's memory; 0 is none.
type Memory uint64

// Handles of what the driver holds; 0 is none.
type (
	Context  uintptr
	Stream   uintptr
	Module   uintptr
	Function uintptr
	Graph    uintptr // ready to be launched
)

// Device is what the driver says of a GPU.
type Device struct {
	Name         string
	Bytes        int64 // of memory
	Major, Minor int   // compute capability
	Processors   int   // multiprocessors
	Cooperative  bool  // its launches can be of blocks that wait for one another
}

// Driver is the driver of the GPUs of a machine. But for the first group, its calls are of the context that is current on the thread.
// A stream's work is done in its order; calls that take a stream return before that. What went wrong there, a later call says.
type Driver interface {
	// Init is the driver's answer to the start of the program.
	Init() error
	// Version is the newest CUDA that the driver knows: 12010 is 12.1.
	Version() int
	DeviceCount() (int, error)
	Device(number int) (Device, error)
	// NewContext makes a context on a GPU, which is current on no thread.
	NewContext(number int) (Context, error)
	// SetContext makes a context current on this thread.
	SetContext(c Context) error
	DestroyContext(c Context) error

	NewStream() (Stream, error)
	// Synchronize waits until all of a stream's work is done.
	Synchronize(s Stream) error
	DestroyStream(s Stream) error

	// Alloc gives memory as it is, at least one byte.
	Alloc(bytes int) (Memory, error)
	Free(m Memory) error
	// Fill sets bytes to a value.
	Fill(m Memory, value byte, bytes int, s Stream) error
	// Pin locks whole pages of the host's memory where they are, until Unpin, so that the GPU reads and writes them by itself.
	Pin(p unsafe.Pointer, bytes int) error
	Unpin(p unsafe.Pointer) error
	// Upload copies from the host, whose memory can be changed as soon as it returns, unless it is pinned: that is read when the stream is there.
	Upload(m Memory, from unsafe.Pointer, bytes int, s Stream) error
	// Download copies to the host at once: it does not wait for the stream.
	Download(to unsafe.Pointer, m Memory, bytes int) error
	Copy(to, from Memory, bytes int, s Stream) error

	// Load compiles PTX. Where the driver's compiler has something against it, log is what it says.
	Load(ptx string) (m Module, log string, err error)
	Unload(m Module) error
	Function(m Module, name string) (Function, error)
	// Resident is how many blocks of so many threads a multiprocessor can have at once.
	Resident(f Function, threads int) (int, error)
	// Launch starts blocks of a kernel. Each argument is 8 bytes, of which the kernel reads as many as its parameter has. Cooperative
	// blocks are all on the GPU at once, or the launch is an error.
	Launch(f Function, l Launch, s Stream) error

	// BeginCapture has the stream record its work instead of doing it.
	BeginCapture(s Stream) error
	// EndCapture ends that and makes a graph of what was recorded.
	EndCapture(s Stream) (Graph, error)
	LaunchGraph(g Graph, s Stream) error
	DestroyGraph(g Graph) error

	// Time says how long the GPU takes for the work that f puts into the stream.
	Time(s Stream, f func() error) (time.Duration, error)

	// OpenBLAS loads cuBLAS for a stream, with memory of its own. The error is ErrNoBLAS where the machine has none.
	OpenBLAS(s Stream, workspace Memory, bytes int) (BLAS, error)
}

// Launch says how a kernel is started.
type Launch struct {
	Grid, Threads int // blocks, threads of each
	Args          []uint64
	Cooperative   bool
}

// BLAS is cuBLAS, whose work goes into the stream that it was opened for.
type BLAS interface {
	Multiply(p Product) error
	Close() error
}

// Product is C = alpha·op(A)·op(B) + beta·C of m x n numbers, column by column, as cuBLAS has it: ld is how far columns are apart.
type Product struct {
	Double         bool // float64 instead of float32
	TF32           bool // factors are rounded to 10 bits of mantissa
	TransA, TransB bool
	M, N, K        int
	Alpha, A       Memory
	LDA            int
	B              Memory
	LDB            int
	Beta, C        Memory
	LDC            int
}

// ErrNoBLAS says that cuBLAS is not on the machine.
var ErrNoBLAS = errors.New("cuBLAS is not on this machine")

// Error is what the driver answers: CUresult in cuda.h.
type Error struct {
	Code int
	Text string // the driver's own
}

func (e *Error) Error() string { return fmt.Sprintf("%s (CUDA error %d)", e.Text, e.Code) }

// NoDevice is the code of the error that there is no GPU.
const NoDevice = 100
