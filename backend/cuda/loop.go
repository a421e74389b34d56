//go:build cuda

package cuda

import (
	"errors"
	"fmt"
	"unsafe"

	"stheno/backend"
	"stheno/ir"

	"gorgonia.org/cu"
)

// Loop repeats a training step on batches of a feed without the host in between: one graph makes the batch, does the step
// and keeps its loss, and a counter on the GPU says which batch is next. The host sends the indices of many batches, launches
// the graph once for each, and reads all losses at the end.
type Loop struct {
	f           *Feed
	x           *exec
	graph       *graph
	batch, most int
	dt          ir.DType
	memory      cu.DevicePtr // the counter, and after it
	losses, idx cu.DevicePtr
	read32      []float32
}

// NewLoop prepares a loop. The step's first output is its loss; x and t are its inputs for `batch` images and their labels.
// A Run does at most `most` steps. The loop must be closed before the step.
func (f *Feed) NewLoop(step backend.Exec, x, t backend.Buffer, batch, most int) (backend.Loop, error) {
	own, ok := step.(*exec)
	if !ok || own.e != f.e {
		return nil, errors.New("cuda: a loop needs a step that this engine compiled")
	}
	if batch < 1 || most < 1 {
		return nil, fmt.Errorf("cuda: a loop of %d steps on batches of %d: both must be at least 1", most, batch)
	}
	if len(own.outputs) == 0 || own.outputs[0].n != 1 {
		return nil, errors.New("cuda: a loop needs a step whose first output is its loss, one number")
	}
	for _, s := range own.steps {
		if s.host != nil {
			return nil, fmt.Errorf("cuda: a loop cannot run host functions, and the step has one (%%%d): run it step by step", s.id)
		}
	}
	if err := f.e.enter(); err != nil {
		return nil, err
	}
	defer f.e.leave()
	l := &Loop{f: f, x: own, batch: batch, most: most, dt: own.outputs[0].dt}
	if err := l.prepare(x, t); err != nil {
		_ = l.free() // the first error is the one to report
		return nil, err
	}
	return l, nil
}

// line is the distance between the loop's pieces of memory.
const line = 128

func (l *Loop) prepare(x, t backend.Buffer) (err error) {
	losses := (l.most*l.dt.Bytes() + line - 1) / line * line
	if l.memory, err = l.f.e.alloc(line + losses + 4*l.most*l.batch); err != nil {
		return err
	}
	l.losses, l.idx = l.memory+line, l.memory+line+cu.DevicePtr(losses)
	gather, err := l.f.batch(l.idx, l.memory, 0, l.batch, x, t)
	if err != nil {
		return err
	}
	record := &launch{f: l.f.record[l.dt], grid: 1, threads: 1, what: "keep a loss",
		args: []uint64{uint64(l.x.outputs[0].at), uint64(l.losses), uint64(l.memory)}}
	l.graph, err = capture(l.f.e.stream, func() error {
		return first(gather.do(l.f.e.stream), launches(l.x.steps, l.f.e.stream), l.x.copy(), record.do(l.f.e.stream))
	})
	if err != nil {
		return recording(err)
	}
	l.f.e.loops[l] = true
	return nil
}

// Run does a step for each of the losses, on the images idx, len(losses) × batch of them in order, and gives the losses.
func (l *Loop) Run(idx []int, losses []float64) error {
	n := len(losses)
	if n > l.most || len(idx) != n*l.batch {
		return fmt.Errorf("cuda: %d images for %d steps: the loop takes %d a step and at most %d steps", len(idx), n, l.batch, l.most)
	}
	if err := l.f.stage(idx); err != nil || n == 0 {
		return err
	}
	if err := l.f.e.enter(); err != nil {
		return err
	}
	defer l.f.e.leave()
	if err := l.f.upload(l.idx); err != nil {
		return err
	}
	if err := cu.MemsetD8Async(l.memory, 0, 4, l.f.e.stream); err != nil {
		return explain("set the counter", err)
	}
	for range n {
		if err := l.graph.launch(l.f.e.stream); err != nil {
			return explain("run", err)
		}
	}
	return l.read(losses)
}

func (l *Loop) read(losses []float64) error {
	if l.dt == ir.Float64 {
		return l.f.e.download(unsafe.Pointer(unsafe.SliceData(losses)), l.losses, int64(8*len(losses)))
	}
	if l.read32 == nil {
		l.read32 = make([]float32, l.most)
	}
	if err := l.f.e.download(unsafe.Pointer(unsafe.SliceData(l.read32)), l.losses, int64(4*len(losses))); err != nil {
		return err
	}
	for i := range losses {
		losses[i] = float64(l.read32[i])
	}
	return nil
}

// Close frees the loop.
func (l *Loop) Close() {
	if l.f.e.enter() != nil {
		return // the engine is closed and took it with it
	}
	defer l.f.e.leave()
	_ = l.free() // what the driver has against it, it says to the next call as well
}

// free waits and gives back what the loop has; a second time it does nothing.
func (l *Loop) free() error {
	err := l.f.e.stream.Synchronize()
	if l.graph != nil {
		err = first(err, l.graph.destroy())
		l.graph = nil
	}
	delete(l.f.e.loops, l)
	err = first(err, l.f.e.free(l.memory))
	l.memory = 0
	return err
}
