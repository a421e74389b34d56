package cuda

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
	"unsafe"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/cuda/emit"
	"github.com/stheno/stheno/backend/cuda/internal/driver"
	"github.com/stheno/stheno/ir"
)

// Loop repeats a program on rows of tables. The host sends the indices of many runs, has them done, and reads all results at the
// end. The runs are graphs, or all are one kernel of one or two blocks on each multiprocessor: all ways give the same bits, and
// which is the fastest depends on the GPU and the program, so that the first runs of the loop are done in turns and timed.
type Loop struct {
	e           *Engine
	x           *exec
	feeds       []feed
	rows, most  int
	dt          ir.DType
	memory      driver.Memory // the counter, an int32; a line further the results, then the indices
	indices     driver.Memory
	staged      []int32
	read32      []float32
	graphs      graphs
	whole       *whole // nil where the runs cannot be one kernel
	ways        []way
	autotune    *autotune
	tableLength int // of the shortest table
}

// way is one way to do n runs. The counter is 0 when they begin.
type way struct {
	name string
	run  func(n int) error
}

// line is the distance between pieces of memory that have nothing to do with each other.
const line = 128

// NewLoop prepares a loop of at most `most` runs of a program of this engine. Its first output is one number. The loop must be closed
// before the program.
func (e *Engine) NewLoop(x backend.Exec, rows, most int, feeds ...backend.Feed) (backend.Loop, error) {
	own, ok := x.(*exec)
	if !ok || own.e != e {
		return nil, errors.New("cuda: a loop repeats programs that its own engine compiled, and no others")
	}
	if rows < 1 || most < 1 {
		return nil, fmt.Errorf("cuda: a loop of %d runs on %d rows: both must be at least 1", most, rows)
	}
	if len(own.outputs) == 0 || own.outputs[0].n != 1 {
		return nil, errors.New("cuda: a loop needs a program whose first output is one number")
	}
	if i := slices.IndexFunc(own.steps, func(s step) bool { return s.host != nil }); i >= 0 {
		return nil, fmt.Errorf("cuda: %%%d: %w", own.steps[i].id, backend.ErrNotRepeatable)
	}
	l := &Loop{e: e, x: own, rows: rows, most: most, dt: own.unit.Program.DType, tableLength: math.MaxInt}
	var err error
	if l.feeds, err = e.ownFeeds(own, rows, feeds); err != nil {
		return nil, err
	}
	for _, f := range l.feeds {
		l.tableLength = min(l.tableLength, f.table.rows)
	}
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	e.loops[l] = true
	if err := l.prepare(); err != nil {
		_ = l.free() // the first error is the one to report
		return nil, err
	}
	return l, nil
}

func (l *Loop) prepare() (err error) {
	results := (l.most*l.dt.Bytes() + line - 1) / line * line
	if l.memory, err = l.e.alloc(line + results + 4*l.most*l.rows); err != nil {
		return err
	}
	l.indices = l.results() + driver.Memory(results)
	if err := l.graphs.record(l); err != nil {
		return err
	}
	l.ways = append(l.ways, way{"graphs", func(n int) error { return l.graphs.run(n, l.e) }})
	if l.whole, err = l.newWhole(); err != nil {
		return err
	}
	if l.whole != nil {
		for _, grid := range l.whole.grids {
			l.ways = append(l.ways, way{fmt.Sprintf("one kernel of %d blocks", grid), func(n int) error { return l.whole.run(n, grid) }})
		}
	}
	l.autotune = newAutotune(len(l.ways))
	return nil
}

func (l *Loop) results() driver.Memory { return l.memory + line }

// arg is the memory of what emit's kernels get of a loop; 0 for what is none of it.
func (l *Loop) arg(a emit.Arg) driver.Memory {
	switch a.Kind {
	case emit.Table:
		return l.feeds[a.Int].table.at
	case emit.Into:
		return l.feeds[a.Int].into.at
	case emit.Indices:
		return l.indices
	case emit.Result:
		return l.x.outputs[0].at
	case emit.Results:
		return l.results()
	case emit.Counter:
		return l.memory
	}
	return 0
}

func (l *Loop) emitFeeds() []emit.Feed {
	feeds := make([]emit.Feed, len(l.feeds))
	for i, f := range l.feeds {
		feeds[i] = f.Feed
	}
	return feeds
}

// Run does a run for each number of out, on the rows idx of the tables, so many of them in order for each run.
func (l *Loop) Run(idx []int, out []float64) error {
	n := len(out)
	if n > l.most || len(idx) != n*l.rows {
		return fmt.Errorf("cuda: %d rows for %d runs: the loop takes %d a run and at most %d runs", len(idx), n, l.rows, l.most)
	}
	if err := l.stage(idx); err != nil || n == 0 {
		return err
	}
	if err := l.e.enter(); err != nil {
		return err
	}
	defer l.e.leave()
	if err := l.upload(); err != nil {
		return err
	}
	began := time.Now()
	if err := l.ways[l.autotune.next()].run(n); err != nil {
		return err
	}
	if err := l.read(out); err != nil {
		return err
	}
	if n == l.most { // fewer would not compare
		l.autotune.took(time.Since(began))
	}
	return nil
}

// stage checks indices and keeps them as the GPU wants them.
func (l *Loop) stage(idx []int) error {
	l.staged = l.staged[:0]
	for _, i := range idx {
		if i < 0 || i >= l.tableLength {
			return fmt.Errorf("cuda: row %d: the table has %d", i, l.tableLength)
		}
		l.staged = append(l.staged, int32(i))
	}
	return nil
}

// upload sends the indices and sets the counter.
func (l *Loop) upload() error {
	p := unsafe.Pointer(unsafe.SliceData(l.staged))
	if err := l.e.driver.Upload(l.indices, p, 4*len(l.staged), l.e.stream); err != nil {
		return explain("copy indices to the GPU", err)
	}
	return explain("set the counter", l.e.driver.Fill(l.memory, 0, 4, l.e.stream))
}

func (l *Loop) read(out []float64) error {
	if l.dt == ir.Float64 {
		return l.e.download(unsafe.Pointer(unsafe.SliceData(out)), l.results(), 8*len(out))
	}
	if l.read32 == nil {
		l.read32 = make([]float32, l.most)
	}
	if err := l.e.download(unsafe.Pointer(unsafe.SliceData(l.read32)), l.results(), 4*len(out)); err != nil {
		return err
	}
	for i := range out {
		out[i] = float64(l.read32[i])
	}
	return nil
}

// Close frees what the loop has on the GPU.
func (l *Loop) Close() {
	if l.e.enter() != nil {
		return // the engine is closed and took it with it
	}
	defer l.e.leave()
	_ = l.free() // what the driver has against it, it says to the next call as well
}

// free waits and gives back what the loop has; a second time it does nothing.
func (l *Loop) free() error {
	if !l.e.loops[l] {
		return nil
	}
	delete(l.e.loops, l)
	var errs firstError
	errs.add(l.e.driver.Synchronize(l.e.stream))
	if l.whole != nil {
		errs.add(l.whole.release())
	}
	l.graphs.free(l.e, &errs)
	errs.add(l.e.free(l.memory))
	return errs.err
}

// Ways names the ways to do the runs: graphs and, where all can be one kernel, that on so many blocks.
func (l *Loop) Ways() []string {
	names := make([]string, len(l.ways))
	for i, w := range l.ways {
		names[i] = w.name
	}
	return names
}

// Times are the shortest times of a run so far, of each of the ways; 0 where none was taken yet.
func (l *Loop) Times() []time.Duration {
	times := make([]time.Duration, len(l.ways))
	for i, d := range l.autotune.best {
		if d < math.MaxInt64 {
			times[i] = d / time.Duration(l.most)
		}
	}
	return times
}
