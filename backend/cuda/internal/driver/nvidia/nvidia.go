//go:build cuda

// Package nvidia is NVIDIA's driver, called through gorgonia.org/cu and, where that lacks a call, through a few lines of C.
package nvidia

import (
	"bytes"
	"fmt"
	"runtime"
	"strconv"
	"time"
	"unsafe"

	"github.com/stheno/stheno/backend/cuda/internal/driver"

	"gorgonia.org/cu"
)

// Driver is the machine's driver.
type Driver struct{}

// cu's handles are structures of one word, as the driver's are. to and from turn them into the seam's and back.
func to[H ~uintptr, C any](c C) H {
	if unsafe.Sizeof(c) != unsafe.Sizeof(H(0)) {
		panic(fmt.Sprintf("cuda: %T is no handle", c)) // our own bug, at the first call
	}
	return *(*H)(unsafe.Pointer(&c))
}

func from[C any, H ~uintptr](h H) C {
	var c C
	if unsafe.Sizeof(c) != unsafe.Sizeof(h) {
		panic(fmt.Sprintf("cuda: %T is no handle", c)) // our own bug, at the first call
	}
	return *(*C)(unsafe.Pointer(&h))
}

// failure makes one type of cu's errors and ours, which are numbers underneath.
func failure(err error) error {
	if err == nil {
		return nil
	}
	code, convErr := strconv.Atoi(fmt.Sprintf("%d", err))
	if convErr != nil {
		return err
	}
	return &driver.Error{Code: code, Text: errorText(code)}
}

func (Driver) Init() error  { return failure(initialised()) }
func (Driver) Version() int { return cu.Version() }

func (Driver) DeviceCount() (int, error) {
	n, err := cu.NumDevices()
	return n, failure(err)
}

func (Driver) Device(number int) (driver.Device, error) {
	var d driver.Device
	gpu, err := cu.GetDevice(number)
	if err != nil {
		return d, failure(err)
	}
	if d.Name, err = gpu.Name(); err != nil {
		return d, failure(err)
	}
	if d.Bytes, err = gpu.TotalMem(); err != nil {
		return d, failure(err)
	}
	var able int
	for _, a := range []struct {
		attribute cu.DeviceAttribute
		value     *int
	}{{cu.ComputeCapabilityMajor, &d.Major}, {cu.ComputeCapabilityMinor, &d.Minor}, {cu.MultiprocessorCount, &d.Processors}, {cooperative, &able}} {
		if *a.value, err = gpu.Attribute(a.attribute); err != nil {
			return d, failure(err)
		}
	}
	d.Cooperative = able != 0
	return d, nil
}

func (Driver) NewContext(number int) (driver.Context, error) {
	runtime.LockOSThread() // a new context is current on its thread, until it is popped
	defer runtime.UnlockOSThread()
	gpu, err := cu.GetDevice(number)
	if err != nil {
		return 0, failure(err)
	}
	c, err := gpu.MakeContext(cu.SchedAuto)
	if err != nil {
		return 0, failure(err)
	}
	if _, err := cu.PopCurrentCtx(); err != nil {
		_ = c.Destroy() // the first error is the one to report
		return 0, failure(err)
	}
	return to[driver.Context](c), nil
}

func (Driver) SetContext(c driver.Context) error {
	return failure(cu.SetCurrentContext(from[cu.CUContext](c)))
}

func (Driver) DestroyContext(c driver.Context) error {
	context := from[cu.CUContext](c)
	return failure(context.Destroy())
}

func (Driver) NewStream() (driver.Stream, error) {
	s, err := cu.MakeStream(cu.NonBlocking)
	return to[driver.Stream](s), failure(err)
}

func (Driver) Synchronize(s driver.Stream) error {
	return failure(from[cu.Stream](s).Synchronize())
}

func (Driver) DestroyStream(s driver.Stream) error {
	stream := from[cu.Stream](s)
	return failure(stream.Destroy())
}

func (Driver) Alloc(bytes int) (driver.Memory, error) {
	m, err := cu.MemAlloc(int64(bytes))
	return driver.Memory(m), failure(err)
}

func (Driver) Free(m driver.Memory) error { return failure(cu.MemFree(cu.DevicePtr(m))) }

func (Driver) Fill(m driver.Memory, value byte, bytes int, s driver.Stream) error {
	return failure(cu.MemsetD8Async(cu.DevicePtr(m), value, int64(bytes), from[cu.Stream](s)))
}

func (Driver) Upload(m driver.Memory, p unsafe.Pointer, bytes int, s driver.Stream) error {
	return failure(cu.MemcpyHtoDAsync(cu.DevicePtr(m), p, int64(bytes), from[cu.Stream](s)))
}

func (Driver) Download(p unsafe.Pointer, m driver.Memory, bytes int) error {
	return failure(cu.MemcpyDtoH(p, cu.DevicePtr(m), int64(bytes)))
}

func (Driver) Copy(into, m driver.Memory, bytes int, s driver.Stream) error {
	return failure(cu.MemcpyDtoDAsync(cu.DevicePtr(into), cu.DevicePtr(m), int64(bytes), from[cu.Stream](s)))
}

func (Driver) Load(ptx string) (driver.Module, string, error) {
	m, err := cu.LoadData(ptx)
	if err == nil {
		return to[driver.Module](m), "", nil
	}
	log := &cu.JITErrorLogBuffer{Buffer: make([]byte, 4096)}
	if m, err := cu.LoadDataEx(ptx, log); err == nil {
		return to[driver.Module](m), "", nil
	}
	return 0, string(bytes.TrimRight(log.Buffer, "\x00")), failure(err)
}

func (Driver) Unload(m driver.Module) error { return failure(from[cu.Module](m).Unload()) }

func (Driver) Function(m driver.Module, name string) (driver.Function, error) {
	f, err := from[cu.Module](m).Function(name)
	return to[driver.Function](f), failure(err)
}

func (Driver) Resident(f driver.Function, threads int) (int, error) {
	n, err := from[cu.Function](f).MaxActiveBlocksPerMultiProcessor(threads, 0)
	return n, failure(err)
}

func (Driver) Launch(f driver.Function, l driver.Launch, s driver.Stream) error {
	if l.Cooperative {
		return failure(together(f, l, s))
	}
	params := make([]unsafe.Pointer, len(l.Args))
	for i := range l.Args {
		params[i] = unsafe.Pointer(&l.Args[i])
	}
	return failure(from[cu.Function](f).Launch(l.Grid, 1, 1, l.Threads, 1, 1, 0, from[cu.Stream](s), params))
}

func (Driver) Time(s driver.Stream, f func() error) (time.Duration, error) {
	began, err := cu.MakeEvent(cu.DefaultEvent)
	if err != nil {
		return 0, failure(err)
	}
	defer cu.DestroyEvent(&began)
	ended, err := cu.MakeEvent(cu.DefaultEvent)
	if err != nil {
		return 0, failure(err)
	}
	defer cu.DestroyEvent(&ended)
	stream := from[cu.Stream](s)
	if err := began.Record(stream); err != nil {
		return 0, failure(err)
	}
	if err := f(); err != nil {
		return 0, err
	}
	if err := ended.Record(stream); err != nil {
		return 0, failure(err)
	}
	if err := ended.Synchronize(); err != nil {
		return 0, failure(err)
	}
	ms, err := began.Elapsed(ended)
	return time.Duration(ms * float64(time.Millisecond)), failure(err)
}
