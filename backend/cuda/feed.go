//go:build cuda

package cuda

import (
	"fmt"
	"unsafe"

	"stheno/backend"
	"stheno/backend/cuda/emit"
	"stheno/ir"

	"gorgonia.org/cu"
)

// Feed is a data set in the GPU's memory, which makes batches there: only the numbers of the images go to the GPU.
type Feed struct {
	e                      *Engine
	images, labels, idx    cu.DevicePtr
	count, pixels, classes int
	capacity               int // of idx
	staged                 []int32
	gather, record         [2]cu.Function // of each type
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
	if f.gather[dt], err = f.e.function(file, file); err == nil {
		f.record[dt], err = f.e.function(file, "record_"+emit.Suffix(dt))
	}
	return err
}

// Draw writes the images idx to x, len(idx) × pixels, each pixel divided by 255, and their labels to t, len(idx) × classes,
// as 1 in the column of the label and 0 elsewhere. t may be nil. Both are buffers of the engine.
func (f *Feed) Draw(idx []int, x, t backend.Buffer) error {
	if err := f.stage(idx); err != nil || len(idx) == 0 {
		return err
	}
	if err := f.e.enter(); err != nil {
		return err
	}
	defer f.e.leave()
	if len(idx) > f.capacity {
		bigger, err := f.e.alloc(4 * len(idx))
		if err != nil {
			return err
		}
		old := f.idx
		f.idx, f.capacity = bigger, len(idx)
		if err := f.e.free(old); err != nil { // the driver waits until nothing uses it
			return err
		}
	}
	if err := f.upload(f.idx); err != nil {
		return err
	}
	l, err := f.batch(f.idx, 0, 0, len(idx), x, t)
	if err != nil {
		return err
	}
	return l.do(f.e.stream)
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

// Range is Draw for the images from, from+1, ... to-1.
func (f *Feed) Range(from, to int, x, t backend.Buffer) error {
	if from < 0 || to > f.count || from > to {
		return fmt.Errorf("cuda: images %d to %d: the data set has %d", from, to, f.count)
	}
	if from == to {
		return nil
	}
	if err := f.e.enter(); err != nil {
		return err
	}
	defer f.e.leave()
	l, err := f.batch(0, 0, from, to-from, x, t)
	if err != nil {
		return err
	}
	return l.do(f.e.stream)
}

// batch is the launch that writes a batch.
func (f *Feed) batch(idx, counter cu.DevicePtr, from, rows int, x, t backend.Buffer) (*launch, error) {
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
	args := []uint64{uint64(f.images), uint64(f.labels), uint64(idx), uint64(counter), uint64(xb.at), uint64(tb.at),
		uint64(from), uint64(rows), uint64(f.pixels), uint64(f.classes)}
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
	for _, at := range []*cu.DevicePtr{&f.images, &f.labels, &f.idx} {
		_ = f.e.free(*at) // what the driver has against it, it says to the next call as well
		*at = 0
	}
	f.capacity = 0
}
