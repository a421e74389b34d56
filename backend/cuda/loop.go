//go:build cuda

package cuda

import (
	"errors"
	"fmt"
	"math"
	"time"
	"unsafe"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"

	"gorgonia.org/cu"
)

// Loop repeats a training step on drawn batches. The host sends the indices of many batches, has the steps done, and reads all
// losses at the end. The steps are graphs, or all are one kernel of one or two blocks on each multiprocessor: all ways give the same
// bits, and which is the fastest depends on the GPU and the net, so that the first blocks of steps are done in turns and timed.
type Loop struct {
	*repeat
	batch, most int
	dt          ir.DType
	idx         cu.DevicePtr // after the losses
	read32      []float32
	ways        []func(steps int) error
	whole       *whole // nil where the steps cannot be one kernel
	race        *race
}

// NewLoop prepares a loop. The step's first output is its loss; x and t are its inputs for `batch` images and their labels.
// A Run does at most `most` steps. The loop must be closed before the step.
func (f *Feed) NewLoop(step backend.Exec, x, t backend.Buffer, batch, most int) (backend.Loop, error) {
	own, err := f.own(step)
	if err != nil {
		return nil, err
	}
	if batch < 1 || most < 1 {
		return nil, fmt.Errorf("cuda: a loop of %d steps on batches of %d: both must be at least 1", most, batch)
	}
	if len(own.outputs) == 0 || own.outputs[0].n != 1 {
		return nil, errors.New("cuda: a loop needs a step whose first output is its loss, one number")
	}
	loss := own.outputs[0]
	l := &Loop{batch: batch, most: most, dt: loss.dt}
	losses := (most*l.dt.Bytes() + line - 1) / line * line
	l.repeat, err = f.newRepeat(own, losses+4*most*batch, func(r *repeat) (*launch, error) {
		l.idx = r.kept() + cu.DevicePtr(losses)
		return f.batch(l.idx, r.memory, batch, x, t)
	}, func(r *repeat) *launch {
		return &launch{f: f.record[l.dt], grid: 1, threads: 1, what: "keep a loss",
			args: []uint64{uint64(loss.at), uint64(r.kept()), uint64(r.memory), uint64(batch)}}
	})
	if err != nil {
		return nil, err
	}
	l.ways = append(l.ways, func(n int) error { return l.run(0, n) })
	if l.whole, err = l.newWhole(x, t); err != nil {
		l.repeat.Close()
		return nil, err
	}
	if l.whole != nil {
		for _, grid := range l.whole.grids {
			l.ways = append(l.ways, func(n int) error { return first(l.count(0), l.whole.run(n, grid, f.e.stream)) })
		}
	}
	l.race = newRace(len(l.ways))
	return l, nil
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
	began := time.Now()
	if err := first(l.ways[l.race.next()](n), l.read(losses)); err != nil {
		return err
	}
	if n == l.most { // fewer would not compare
		l.race.took(time.Since(began))
	}
	return nil
}

func (l *Loop) read(losses []float64) error {
	if l.dt == ir.Float64 {
		return l.f.e.download(unsafe.Pointer(unsafe.SliceData(losses)), l.kept(), int64(8*len(losses)))
	}
	if l.read32 == nil {
		l.read32 = make([]float32, l.most)
	}
	if err := l.f.e.download(unsafe.Pointer(unsafe.SliceData(l.read32)), l.kept(), int64(4*len(losses))); err != nil {
		return err
	}
	for i := range losses {
		losses[i] = float64(l.read32[i])
	}
	return nil
}

// Close frees what the loop has on the GPU.
func (l *Loop) Close() {
	if l.whole != nil {
		l.whole.Close()
	}
	l.repeat.Close()
}

// Ways names the ways to do the steps: graphs and, where all can be one kernel, that on so many blocks.
func (l *Loop) Ways() []string {
	names := []string{"graphs"}
	if l.whole != nil {
		for _, grid := range l.whole.grids {
			names = append(names, fmt.Sprintf("one kernel of %d blocks", grid))
		}
	}
	return names
}

// Times are the shortest times of a step so far, of each of the ways; 0 where none was taken yet.
func (l *Loop) Times() []time.Duration {
	times := make([]time.Duration, len(l.ways))
	for i, d := range l.race.best {
		if d < math.MaxInt64 {
			times[i] = d / time.Duration(l.most)
		}
	}
	return times
}
