package train

import (
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/graph"
)

// feed brings samples of a source to a program's inputs. Where the engine's memory is the host's, they are written right there.
type feed struct {
	draw    func(rows []int) error
	targets any   // of the last batch, []float32 or []float64: memory of t's, or the feed's own
	rows    []int // scratch: those of a range
}

// newFeed makes a feed of batches of so many samples; where t is nil, the feed keeps the targets.
func newFeed(s data.Source, batch int, x, t *graph.Var) *feed {
	if _, ok := hostOf(x).([]float32); ok {
		return feedOf[float32](s, batch, x, t)
	}
	return feedOf[float64](s, batch, x, t)
}

// hostOf is the variable's memory, or a buffer of its type where that is out of reach.
func hostOf(v *graph.Var) any {
	if h := v.Host(); h != nil {
		return h
	}
	return v.Stage()
}

func feedOf[T data.Float](s data.Source, batch int, x, t *graph.Var) *feed {
	xs := hostOf(x).([]T)
	var ts []T
	if t != nil {
		ts = hostOf(t).([]T)
	} else {
		ts = make([]T, batch*s.Outputs())
	}
	return &feed{targets: ts, rows: make([]int, batch), draw: func(rows []int) error {
		if err := data.Read(s, xs, ts, rows); err != nil || x.Host() != nil {
			return err
		}
		if err := x.Write(xs); err != nil || t == nil {
			return err
		}
		return t.Write(ts)
	}}
}

// drawFrom draws the batch that begins with a sample.
func (f *feed) drawFrom(from int) error {
	for i := range f.rows {
		f.rows[i] = from + i
	}
	return f.draw(f.rows)
}
