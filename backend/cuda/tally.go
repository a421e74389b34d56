//go:build cuda

package cuda

import (
	"fmt"
	"unsafe"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/cuda/emit"

	"gorgonia.org/cu"
)

// Tally counts the images whose largest score is at their label. Only the count comes back from the GPU.
type Tally struct {
	*repeat
	batch int
}

// NewTally prepares a tally. The first output of scores is batch × classes numbers, of the images in x. The tally must be
// closed before the program.
func (f *Feed) NewTally(scores backend.Exec, x backend.Buffer, batch int) (backend.Tally, error) {
	own, err := f.own(scores)
	if err != nil {
		return nil, err
	}
	if batch < 1 || len(own.outputs) == 0 || own.outputs[0].n != batch*f.classes {
		return nil, fmt.Errorf("cuda: a tally of batches of %d needs a program whose first output is %d scores for each", batch, f.classes)
	}
	y := own.outputs[0]
	c := &Tally{batch: batch}
	c.repeat, err = f.newRepeat(own, 4, func(r *repeat) (*launch, error) {
		return f.batch(0, r.memory, batch, x, nil)
	}, func(r *repeat) *launch {
		return &launch{f: f.right[y.dt], grid: 1, threads: emit.Threads, what: "count what is right",
			args: []uint64{uint64(y.at), uint64(f.labels), uint64(r.kept()), uint64(r.memory), uint64(batch), uint64(f.classes)}}
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Count is how many of the images from, from+1, ... to-1 are right; they are a whole number of batches.
func (c *Tally) Count(from, to int) (int, error) {
	if from < 0 || from > to || to > c.f.count || (to-from)%c.batch != 0 {
		return 0, fmt.Errorf("cuda: images %d to %d of %d: the tally takes whole batches of %d", from, to, c.f.count, c.batch)
	}
	if err := c.f.e.enter(); err != nil {
		return 0, err
	}
	defer c.f.e.leave()
	if err := cu.MemsetD8Async(c.kept(), 0, 4, c.f.e.stream); err != nil {
		return 0, explain("set the count", err)
	}
	if err := c.run(from, (to-from)/c.batch); err != nil {
		return 0, err
	}
	var n int32
	err := c.f.e.download(unsafe.Pointer(&n), c.kept(), 4)
	return int(n), err
}
