//go:build cuda

package cuda

import (
	"fmt"
	"unsafe"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/cuda/emit"
	"github.com/stheno/stheno/ir"

	"gorgonia.org/cu"
)

// Feed is a data set in the GPU's memory, which makes batches there: only the numbers of the images go to the GPU.
type Feed struct {
	e                      *Engine
	images, labels         cu.DevicePtr
	count, pixels, classes int
	staged                 []int32
	gather, record, right  [2]cu.Function // of each type
}

// NewFeed copies images, len(labels) × pixels bytes, and their labels, one byte from 0 to classes-1 each, to the GPU.
func (e *Engine) NewFeed(images, labels []byte, classes int) (backend.Feed, error) {
	if len(labels) == 0 || len(images)%len(labels) != 0 {
		return nil, fmt.Errorf("cuda: %d bytes of images do not go into %d labels", len(images), len(labels))
	}
	for i, l := range labels {
		if int(l) >= classes {
			return nil, fmt.Errorf("cuda: image %d has the label %d: labels are from 0 to %d", i, l, classes-1)
		}
	}
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	f := &Feed{e: e, count: len(labels), pixels: len(images) / len(labels), classes: classes}
	err := first(f.load(&f.images, images), f.load(&f.labels, labels), f.find(ir.Float32), f.find(ir.Float64))
	if err != nil {
		f.free()
		return nil, err
	}
	return f, nil
}

func (f *Feed) load(at *cu.DevicePtr, v []byte) (err error) {
	if *at, err = f.e.alloc(len(v)); err != nil || len(v) == 0 {
		return err
	}
	return explain("copy the data set to the GPU", cu.MemcpyHtoDAsync(*at, unsafe.Pointer(unsafe.SliceData(v)), int64(len(v)), f.e.stream))
}

func (f *Feed) find(dt ir.DType) (err error) {
	file := "gather_" + emit.Suffix(dt)
	for name, into := range map[string]*cu.Function{"gather_": &f.gather[dt], "record_": &f.record[dt], "right_": &f.right[dt]} {
		if *into, err = f.e.function(file, name+emit.Suffix(dt)); err != nil {
			return err
		}
	}
	return nil
}

// stage checks indices and keeps them as the GPU wants them.
func (f *Feed) stage(idx []int) error {
	f.staged = f.staged[:0]
	for _, i := range idx {
		if i < 0 || i >= f.count {
			return fmt.Errorf("cuda: image %d: the data set has %d", i, f.count)
		}
		f.staged = append(f.staged, int32(i))
	}
	return nil
}

func (f *Feed) upload(to cu.DevicePtr) error {
	return explain("copy indices to the GPU", cu.MemcpyHtoDAsync(to, unsafe.Pointer(unsafe.SliceData(f.staged)), int64(4*len(f.staged)), f.e.stream))
}

// batch is the launch that writes a batch to x and, unless that is nil, its labels to t: the images whose numbers are at idx,
// or, where idx is 0, all in their order. It begins with as many of them as the number at done says.
func (f *Feed) batch(idx, done cu.DevicePtr, rows int, x, t backend.Buffer) (*launch, error) {
	xb, err := f.buffer("images", x, rows*f.pixels)
	if err != nil {
		return nil, err
	}
	tb := &buffer{}
	if t != nil {
		if tb, err = f.buffer("labels", t, rows*f.classes); err != nil {
			return nil, err
		}
		if tb.dt != xb.dt {
			return nil, fmt.Errorf("cuda: images as %v and labels as %v: both must be of one type", xb.dt, tb.dt)
		}
	}
	n := rows * max(f.pixels, f.classes)
	args := []uint64{uint64(f.images), uint64(f.labels), uint64(idx), uint64(done), uint64(xb.at), uint64(tb.at),
		uint64(rows), uint64(f.pixels), uint64(f.classes)}
	return &launch{f: f.gather[xb.dt], grid: (n + emit.Threads - 1) / emit.Threads, threads: emit.Threads, args: args, what: "gather a batch"}, nil
}

func (f *Feed) buffer(what string, b backend.Buffer, n int) (*buffer, error) {
	own, ok := b.(*buffer)
	if !ok || own.e != f.e || own.n != n {
		return nil, fmt.Errorf("cuda: the batch's %s need a buffer of the engine with %d elements", what, n)
	}
	return own, nil
}

// Close frees the data set.
func (f *Feed) Close() {
	if f.e.enter() != nil {
		return // the engine is closed and took it with it
	}
	defer f.e.leave()
	f.free()
}

func (f *Feed) free() {
	for _, at := range []*cu.DevicePtr{&f.images, &f.labels} {
		_ = f.e.free(*at) // what the driver has against it, it says to the next call as well
		*at = 0
	}
}
