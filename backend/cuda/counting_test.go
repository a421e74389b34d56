package cuda

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/cuda/emit"
	"github.com/stheno/stheno/backend/cuda/internal/driver"
	"github.com/stheno/stheno/backend/cuda/internal/driver/drivertest"
	"github.com/stheno/stheno/ir"
)

// counting is a loop of at most 34 runs of 3 rows each: 2 scaled bytes of one table, a one-hot byte of 4 columns of another.
type counting struct {
	loop   backend.Loop
	exec   backend.Exec
	x, t   backend.Buffer
	tables [2]backend.Table
}

func (u *user) counting() (*counting, error) {
	b := ir.NewBuilder("counting", ir.Float32)
	sum := b.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{b.Input("x", 3, 2)}, Axes: []int{0, 1}})
	labels := b.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{b.Input("t", 3, 4)}, Axes: []int{0, 1}})
	p, err := b.Done([]ir.ID{b.Op(ir.Add, sum, labels)})
	if err != nil {
		return nil, err
	}
	c := &counting{}
	for i, table := range []struct {
		data  []byte
		width int
	}{{[]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 2}, {[]byte{3, 1, 2, 0, 3}, 1}} {
		if c.tables[i], err = u.e.NewTable(table.data, table.width); err != nil {
			return nil, err
		}
		u.closing(c.tables[i].Close)
	}
	exec, bind, err := u.compile(p)
	if err != nil {
		return nil, err
	}
	c.exec, c.x, c.t = exec, bind["x"], bind["t"]
	if c.loop, err = u.e.NewLoop(c.exec, 3, 34, c.feeds()...); err != nil {
		return nil, err
	}
	u.closing(c.loop.Close)
	return c, nil
}

func (c *counting) feeds() []backend.Feed {
	return []backend.Feed{{Into: c.x, Table: c.tables[0], Encoding: backend.Scaled}, {Into: c.t, Table: c.tables[1], Encoding: backend.OneHot}}
}

// countingKernels does what the kernels of the loop do: feed brings rows, the program does nothing, keep keeps a number made of the first rows'
// indices and of the run.
func countingKernels(d *drivertest.Driver) func(l drivertest.Launched) error {
	word := func(at uint64, i int) []byte { return d.Bytes(driver.Memory(at)+driver.Memory(4*i), 4) }
	var rows []uint32
	return func(l drivertest.Launched) error {
		switch l.Kernel {
		case emit.FeedKernel: // (counter, table 0, indices, into 0, …)
			run := int(binary.LittleEndian.Uint32(word(l.Args[0], 0)))
			rows = rows[:0]
			for r := range 3 {
				rows = append(rows, binary.LittleEndian.Uint32(word(l.Args[2], 3*run+r)))
			}
		case emit.KeepKernel: // (result, results, counter)
			run := binary.LittleEndian.Uint32(word(l.Args[2], 0))
			number := float32(100*rows[0]+10*rows[1]+rows[2]) + float32(run)/64
			binary.LittleEndian.PutUint32(word(l.Args[1], int(run)), math.Float32bits(number))
			binary.LittleEndian.PutUint32(word(l.Args[2], 0), run+1)
		}
		return nil
	}
}

// A loop's graphs bring the rows, run the program and keep its result, run by run, in graphs of 16 runs and of one.
func TestLoopOfGraphs(t *testing.T) {
	e, d := opened(t)
	c, err := (&user{e: e}).counting()
	if err != nil {
		t.Fatal(err)
	}
	c.loop.(*Loop).Only(0)
	if got, want := c.loop.(*Loop).emitFeeds(), []emit.Feed{{Name: "x", Width: 2, Columns: 1, Encoding: backend.Scaled},
		{Name: "t", Width: 1, Columns: 4, Encoding: backend.OneHot}}; !slices.Equal(got, want) {
		t.Errorf("the feeds are %+v, want %+v", got, want)
	}
	d.Kernel = countingKernels(d)
	for _, n := range []int{34, 1, 0, 17} { // each begins anew
		idx, out, want := make([]int, 3*n), make([]float64, n), make([]float64, n)
		for i := range n {
			for r := range 3 {
				idx[3*i+r] = (i*7 + r*2) % 5
			}
			want[i] = float64(100*idx[3*i]+10*idx[3*i+1]+idx[3*i+2]) + float64(i)/64
		}
		calls := len(d.Calls())
		if err := c.loop.Run(idx, out); err != nil || !slices.Equal(out, want) {
			t.Errorf("%d runs: %v, want %v; %v", n, out, want, err)
		}
		launches := 0
		for _, call := range d.Calls()[calls:] {
			if call == "LaunchGraph" {
				launches++
			}
		}
		if want := n/16 + n%16; launches != want {
			t.Errorf("%d runs: %d graphs are launched, want %d", n, launches, want)
		}
	}
}

// All runs in one launch: of one block on each multiprocessor, then of two, as far as there is work, each with the number of runs.
func TestLoopOfOneKernel(t *testing.T) {
	e, d := opened(t)
	c, err := (&user{e: e}).counting()
	if err != nil {
		t.Fatal(err)
	}
	l := c.loop.(*Loop)
	if len(l.ways) < 2 || l.whole == nil {
		t.Fatalf("the ways are %v", l.Ways())
	}
	for way, grid := range l.whole.grids {
		before := len(d.Launched())
		if err := l.ways[way+1].run(9); err != nil {
			t.Fatal(err)
		}
		ran := d.Launched()[before:]
		if len(ran) != 1 || ran[0].Kernel != emit.LoopKernel || !ran[0].Cooperative || ran[0].Grid != grid || ran[0].Args[l.whole.runs] != 9 {
			t.Errorf("%s: %v", l.ways[way+1].name, ran)
		}
	}
}

// A GPU without cooperative launches has graphs alone.
func TestLoopWithoutCooperation(t *testing.T) {
	d := drivertest.New(t)
	d.GPU.Cooperative = false
	e, err := Open(d)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	c, err := (&user{e: e}).counting()
	if err != nil {
		t.Fatal(err)
	}
	if ways := c.loop.(*Loop).Ways(); !slices.Equal(ways, []string{"graphs"}) {
		t.Errorf("the ways are %v", ways)
	}
}

// The ways are taken in turns at first; runs of another number than the most do not count.
func TestLoopTakesTurns(t *testing.T) {
	e, d := opened(t)
	c, err := (&user{e: e}).counting()
	if err != nil {
		t.Fatal(err)
	}
	l := c.loop.(*Loop)
	var taken []bool // that it was one kernel
	for range 2 {
		for _, n := range []int{2, 34} {
			before := len(d.Launched())
			if err := l.Run(make([]int, 3*n), make([]float64, n)); err != nil {
				t.Fatal(err)
			}
			taken = append(taken, d.Launched()[before].Cooperative)
		}
	}
	if want := []bool{false, false, true, true}; !slices.Equal(taken, want) {
		t.Errorf("one kernel: %v, want %v", taken, want)
	}
}

// What a loop or a table is not made of is told with what is wrong.
func TestLoopErrors(t *testing.T) {
	e, _ := opened(t)
	other, _ := opened(t)
	c, err := (&user{e: e}).counting()
	if err != nil {
		t.Fatal(err)
	}
	table := func(data []byte, width int) error {
		_, err := e.NewTable(data, width)
		return err
	}
	loop := func(e *Engine, rows, most int, change func(f []backend.Feed)) error {
		f := c.feeds()
		change(f)
		_, err := e.NewLoop(c.exec, rows, most, f...)
		return err
	}
	same := func([]backend.Feed) {}
	double, err := e.Alloc(ir.Float64, 6)
	if err != nil {
		t.Fatal(err)
	}
	for want, err := range map[string]error{
		"a table of 0 bytes in rows of 2": table(nil, 2),
		"a table of 3 bytes in rows of 2": table(make([]byte, 3), 2),
		"a table of 3 bytes in rows of 0": table(make([]byte, 3), 0),
		"a loop of 0 runs on 3 rows":      loop(e, 3, 0, same),
		"a loop of 1 runs on 0 rows":      loop(e, 0, 1, same),
		"a loop needs a feed": func() error {
			_, err := e.NewLoop(c.exec, 3, 1)
			return err
		}(),
		"programs that its own engine compiled":                           loop(other, 3, 1, same),
		"feed 0: it needs a buffer and a table":                           loop(e, 3, 1, func(f []backend.Feed) { f[0].Into = nil }),
		"feed 1: it needs a buffer and a table":                           loop(e, 3, 1, func(f []backend.Feed) { f[1].Table = nil }),
		"feed 0: the buffer is float64":                                   loop(e, 3, 1, func(f []backend.Feed) { f[0].Into = double }),
		"feed 0: the buffer has 12 elements for":                          loop(e, 3, 1, func(f []backend.Feed) { f[0].Into = c.t }),
		"feed 1: the table has the byte 3, the buffer columns for 0 to 1": loop(e, 3, 1, func(f []backend.Feed) { f[1].Into = c.x }),
		"4 rows for 1 runs: the loop takes 3 a run and at most 34 runs":   c.loop.Run(make([]int, 4), make([]float64, 1)),
		"105 rows for 35 runs":                                            c.loop.Run(make([]int, 105), make([]float64, 35)),
		"row 5: the table has 5":                                          c.loop.Run([]int{0, 0, 5}, make([]float64, 1)),
		"row -1: the table has 5":                                         c.loop.Run([]int{0, 0, -1}, make([]float64, 1)),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "cuda: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
