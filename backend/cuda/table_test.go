package cuda_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/ir"
)

// made is a data set of numbers drawn with a fixed seed.
func made(count, pixels, classes int) *data.Split {
	r := rand.New(rand.NewPCG(1, 2))
	s := &data.Split{Images: make([]byte, count*pixels), Labels: make([]byte, count)}
	for i := range s.Images {
		s.Images[i] = byte(r.IntN(256))
	}
	for i := range s.Labels {
		s.Labels[i] = byte(r.IntN(classes))
	}
	return s
}

// tables are a data set on the engine.
type tables struct{ images, labels backend.Table }

func newTables(t *testing.T, e backend.Engine, s *data.Split) tables {
	t.Helper()
	var made [2]backend.Table
	for i, part := range []struct {
		data  []byte
		width int
	}{{s.Images, s.Pixels()}, {s.Labels, 1}} {
		var err error
		if made[i], err = e.(backend.Looper).NewTable(part.data, part.width); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(made[i].Close)
	}
	return tables{made[0], made[1]}
}

// loop repeats a program on batches for x and, unless it is nil, labels for t.
func (d tables) loop(e backend.Engine, p backend.Exec, x, t backend.Buffer, batch, most int) (backend.Loop, error) {
	feeds := []backend.Feed{{Into: x, Table: d.images, Encoding: backend.Scaled}}
	if t != nil {
		feeds = append(feeds, backend.Feed{Into: t, Table: d.labels, Encoding: backend.OneHot})
	}
	return e.(backend.Looper).NewLoop(p, batch, most, feeds...)
}

// fed has the GPU make batches, which must be those of the host to the bit.
func fed[T data.Float](t *testing.T, e backend.Engine, dt ir.DType) {
	t.Helper()
	s := made(50, loopPixels, loopClasses)
	l := newLearner(t, e, dt)
	loop, err := newTables(t, e, s).loop(e, l.exec, l.x, l.t, loopBatch, 2) // runs of one step are graphs, which feed x and t
	if err != nil {
		t.Fatal(err)
	}
	defer loop.Close()
	for _, idx := range [][]int{{7, 0, 1, 2, 3}, {0, 49, 7, 7, 48}, make([]int, 5)} {
		x, y := make([]T, loopBatch*loopPixels), make([]T, loopBatch*loopClasses)
		data.Pixels(x, s, idx)
		data.OneHot(y, s, idx, loopClasses)
		if err := loop.Run(idx, make([]float64, 1)); err != nil {
			t.Fatal(err)
		}
		same(t, l.x, x)
		same(t, l.t, y)
	}
}

func TestTableFeeds(t *testing.T) {
	e := gpu(t)
	fed[float32](t, e, ir.Float32)
	fed[float64](t, e, ir.Float64)
}

func buffers(t *testing.T, e backend.Engine, dt ir.DType, n int) backend.Buffer {
	t.Helper()
	b, err := e.Alloc(dt, n)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Free)
	return b
}

func same[T data.Float](t *testing.T, b backend.Buffer, want []T) {
	t.Helper()
	got := make([]T, len(want))
	if err := b.Read(got); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
