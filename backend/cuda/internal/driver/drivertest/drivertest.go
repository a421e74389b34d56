// Package drivertest is a driver of plain Go, for tests. Its memory is the host's and copies are real; kernels are what a test says
// they do, or nothing. It holds its user to the rules: every address must lie in memory that is allocated, every kernel must be in the
// PTX that was loaded and get as many arguments as it has parameters, and everything must be given back. Each call can be made to fail.
package drivertest

import (
	"fmt"
	"math/bits"
	"slices"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/stheno/stheno/backend/cuda/internal/driver"
)

// Driver is such a driver, of one GPU.
type Driver struct {
	GPU     driver.Device
	CUDA    int // version
	Devices int
	NoBLAS  bool
	// Fail is asked before each call, which it names: an error is the call's answer.
	Fail func(call string) error
	// Kernel is what a launched kernel does.
	Kernel func(l Launched) error

	mu       sync.Mutex
	calls    []string
	launched []Launched
	products []driver.Product
	faults   []string
	next     uintptr
	contexts map[driver.Context]bool
	memory   map[driver.Memory][]byte
	pinned   map[unsafe.Pointer]int // bytes
	streams  map[driver.Stream]*recording
	modules  map[driver.Module]map[string]int // the kernels' numbers of parameters
	kernels  map[driver.Function]kernel
	graphs   map[driver.Graph][]work
	blas     int
}

// Launched is a kernel that was started.
type Launched struct {
	Kernel string
	driver.Launch
}

type kernel struct {
	module     driver.Module
	name       string
	parameters int
}

// work is something that a stream does.
type work func() error

// recording is a stream that records: nil work is none. Late are uploads from pinned memory, which the stream does before what comes next.
type recording struct {
	on         bool
	work, late []work
}

// catchUp does what is late.
func (r *recording) catchUp() {
	for _, w := range r.late {
		_ = w()
	}
	r.late = nil
}

// Processors is how many multiprocessors the GPU has.
const Processors = 4

// New gives a driver. At the end of the test it must have been used by the rules, and hold nothing.
func New(t testing.TB) *Driver {
	d := &Driver{GPU: driver.Device{Name: "no GPU", Bytes: 1 << 30, Major: 8, Processors: Processors, Cooperative: true}, CUDA: 12000, Devices: 1,
		next: 1 << (bits.UintSize * 5 / 8), contexts: map[driver.Context]bool{}, memory: map[driver.Memory][]byte{}, pinned: map[unsafe.Pointer]int{}, streams: map[driver.Stream]*recording{},
		modules: map[driver.Module]map[string]int{}, kernels: map[driver.Function]kernel{}, graphs: map[driver.Graph][]work{}}
	t.Cleanup(func() {
		for _, fault := range d.faults {
			t.Errorf("drivertest: %s", fault)
		}
		if held := d.Held(); held != (Held{}) {
			t.Errorf("drivertest: at the end there are %+v", held)
		}
	})
	return d
}

// Held is how much of each kind is there and not given back.
type Held struct{ Contexts, Memory, Pinned, Streams, Modules, Graphs, BLAS int }

// Held says what is held.
func (d *Driver) Held() Held {
	d.mu.Lock()
	defer d.mu.Unlock()
	return Held{len(d.contexts), len(d.memory), len(d.pinned), len(d.streams), len(d.modules), len(d.graphs), d.blas}
}

// Calls are the names of the calls so far.
func (d *Driver) Calls() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.calls)
}

// Launched are the kernels that have run, in their order.
func (d *Driver) Launched() []Launched {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.launched)
}

// Products are those of cuBLAS that have run, in their order.
func (d *Driver) Products() []driver.Product {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.products)
}

// Bytes is memory from an address on, for a kernel to work on.
func (d *Driver) Bytes(m driver.Memory, n int) []byte {
	for from, piece := range d.memory {
		if m >= from && uint64(m-from)+uint64(n) <= uint64(len(piece)) {
			return piece[m-from:][:n]
		}
	}
	d.fault("%d bytes at %#x are not of one piece of memory", n, uint64(m))
	return make([]byte, n)
}

func (d *Driver) fault(format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	d.faults = append(d.faults, text)
	return &driver.Error{Code: 1, Text: text}
}

// call begins a call: it holds the lock until the function that it gives is called.
func (d *Driver) call(name string) (end func(), err error) {
	d.mu.Lock()
	d.calls = append(d.calls, name)
	if d.Fail != nil {
		err = d.Fail(name)
	}
	return d.mu.Unlock, err
}

// handle is a number that no other handle has.
func (d *Driver) handle() uintptr {
	d.next += 1 << 8
	return d.next
}

// submit has a stream do its work at once, or record it.
func (d *Driver) submit(s driver.Stream, w work) error {
	r := d.streams[s]
	switch {
	case r == nil:
		return d.fault("there is no stream %#x", uintptr(s))
	case r.on:
		r.work = append(r.work, w)
		return nil
	}
	r.catchUp()
	return w()
}

func (d *Driver) Init() error {
	end, err := d.call("Init")
	defer end()
	return err
}

func (d *Driver) Version() int { return d.CUDA }

func (d *Driver) DeviceCount() (int, error) {
	end, err := d.call("DeviceCount")
	defer end()
	return d.Devices, err
}

func (d *Driver) Device(number int) (driver.Device, error) {
	end, err := d.call("Device")
	defer end()
	if err == nil && (number < 0 || number >= d.Devices) {
		err = d.fault("GPU %d of %d", number, d.Devices)
	}
	gpu := d.GPU
	if number > 0 {
		gpu.Name += fmt.Sprint(" of number ", number)
	}
	return gpu, err
}

func (d *Driver) NewContext(number int) (driver.Context, error) {
	end, err := d.call("NewContext")
	defer end()
	if err == nil && (number < 0 || number >= d.Devices) {
		err = d.fault("a context on GPU %d of %d", number, d.Devices)
	}
	if err != nil {
		return 0, err
	}
	c := driver.Context(d.handle())
	d.contexts[c] = true
	return c, nil
}

func (d *Driver) SetContext(c driver.Context) error {
	end, err := d.call("SetContext")
	defer end()
	if err == nil && !d.contexts[c] {
		err = d.fault("there is no context %#x", uintptr(c))
	}
	return err
}

func (d *Driver) DestroyContext(c driver.Context) error {
	end, err := d.call("DestroyContext")
	defer end()
	if !d.contexts[c] {
		return d.fault("there is no context %#x", uintptr(c))
	}
	delete(d.contexts, c) // also where the call fails
	return err
}

func (d *Driver) NewStream() (driver.Stream, error) {
	end, err := d.call("NewStream")
	defer end()
	if err != nil {
		return 0, err
	}
	s := driver.Stream(d.handle())
	d.streams[s] = &recording{}
	return s, nil
}

func (d *Driver) Synchronize(s driver.Stream) error {
	end, err := d.call("Synchronize")
	defer end()
	r := d.streams[s]
	if r == nil || r.on {
		return d.fault("a stream is waited for that is none, or records")
	}
	r.catchUp()
	return err
}

func (d *Driver) DestroyStream(s driver.Stream) error {
	end, err := d.call("DestroyStream")
	defer end()
	if r := d.streams[s]; r == nil || r.on {
		return d.fault("a stream is destroyed that is none, or records")
	}
	delete(d.streams, s)
	return err
}

// Time takes no time.
func (d *Driver) Time(_ driver.Stream, f func() error) (time.Duration, error) {
	end, err := d.call("Time")
	end() // f makes calls, too
	if err != nil {
		return 0, err
	}
	return time.Microsecond, f()
}

func (d *Driver) OpenBLAS(s driver.Stream, workspace driver.Memory, bytes int) (driver.BLAS, error) {
	end, err := d.call("OpenBLAS")
	defer end()
	if d.NoBLAS {
		return nil, driver.ErrNoBLAS
	}
	if err != nil {
		return nil, err
	}
	d.Bytes(workspace, bytes)
	d.blas++
	return &blas{d, s}, nil
}

// blas is a cuBLAS that checks where its matrices are.
type blas struct {
	d *Driver
	s driver.Stream
}

func (b *blas) Multiply(p driver.Product) error {
	end, err := b.d.call("Multiply")
	defer end()
	if err != nil {
		return err
	}
	return b.d.submit(b.s, func() error {
		size := 4
		if p.Double {
			size = 8
		}
		b.d.Bytes(p.A, size*p.M*p.K)
		b.d.Bytes(p.B, size*p.K*p.N)
		b.d.Bytes(p.C, size*p.M*p.N)
		b.d.Bytes(p.Alpha, size)
		b.d.Bytes(p.Beta, size)
		b.d.products = append(b.d.products, p)
		return nil
	})
}

func (b *blas) Close() error {
	end, err := b.d.call("CloseBLAS")
	defer end()
	b.d.blas--
	return err
}
