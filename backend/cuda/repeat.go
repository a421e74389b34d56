//go:build cuda

package cuda

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/stheno/stheno/backend"

	"gorgonia.org/cu"
)

// line is the distance between pieces of memory that have nothing to do with each other.
const line = 128

// repeat does a program on batch after batch of a feed without the host in between: a graph makes the batch, runs the program
// and keeps what is wanted of its result. The GPU counts the images that are done, which says what batch is next.
type repeat struct {
	f      *Feed
	x      *exec
	graphs []*graph     // of so many batches each as strides says
	memory cu.DevicePtr // the number of images that are done, as an int32; a line further, what the work keeps
}

// strides are how many batches a graph does: with many there are fewer launches, which the host and the GPU take time for.
var strides = []int{16, 1}

func (r *repeat) kept() cu.DevicePtr { return r.memory + line }

// newRepeat records the graph. It has room for `bytes` of results; keep is told where they are and gives the launch that
// follows the program.
func (f *Feed) newRepeat(x *exec, bytes int, batch func(r *repeat) (*launch, error), keep func(r *repeat) *launch) (*repeat, error) {
	for _, s := range x.steps {
		if s.host != nil {
			return nil, fmt.Errorf("cuda: a program that is repeated cannot have host functions, and this one has (%%%d): run it batch by batch", s.id)
		}
	}
	if err := f.e.enter(); err != nil {
		return nil, err
	}
	defer f.e.leave()
	r := &repeat{f: f, x: x}
	if err := r.prepare(bytes, batch, keep); err != nil {
		_ = r.free() // the first error is the one to report
		return nil, err
	}
	f.e.repeats[r] = true
	return r, nil
}

func (r *repeat) prepare(bytes int, batch func(r *repeat) (*launch, error), keep func(r *repeat) *launch) (err error) {
	if r.memory, err = r.f.e.alloc(line + bytes); err != nil {
		return err
	}
	gather, err := batch(r)
	if err != nil {
		return err
	}
	stream := r.f.e.stream
	for _, n := range strides {
		g, err := capture(stream, func() (err error) {
			for range n {
				err = first(err, gather.do(stream), launches(r.x.steps, stream), r.x.copy(), keep(r).do(stream))
			}
			return err
		})
		if err != nil {
			return recording(err)
		}
		r.graphs = append(r.graphs, g)
	}
	return nil
}

// count sets the counter.
func (r *repeat) count(from int) error {
	counter := int32(from)
	return explain("set the counter", cu.MemcpyHtoDAsync(r.memory, unsafe.Pointer(&counter), 4, r.f.e.stream))
}

// run does n batches, beginning with the number `from` in the counter.
func (r *repeat) run(from, n int) error {
	if err := r.count(from); err != nil {
		return err
	}
	for i, stride := range strides {
		for ; n >= stride; n -= stride {
			if err := r.graphs[i].launch(r.f.e.stream); err != nil {
				return explain("run", err)
			}
		}
	}
	return nil
}

// Close frees what the work has on the GPU.
func (r *repeat) Close() {
	if r.f.e.enter() != nil {
		return // the engine is closed and took it with it
	}
	defer r.f.e.leave()
	_ = r.free() // what the driver has against it, it says to the next call as well
}

// free waits and gives back what the work has; a second time it does nothing.
func (r *repeat) free() error {
	err := r.f.e.stream.Synchronize()
	for _, g := range r.graphs {
		err = first(err, g.destroy())
	}
	r.graphs = nil
	delete(r.f.e.repeats, r)
	err = first(err, r.f.e.free(r.memory))
	r.memory = 0
	return err
}

// own is the engine's own program behind what a caller has.
func (f *Feed) own(x backend.Exec) (*exec, error) {
	if own, ok := x.(*exec); ok && own.e == f.e {
		return own, nil
	}
	return nil, errors.New("cuda: a feed repeats programs that its own engine compiled, and no others")
}
