package train

import (
	"stheno/data"
	"stheno/graph"
)

// feed brings images and labels of a split to a program's inputs. Where the engine's memory is the host's, the bytes
// become floats right there.
type feed struct {
	draw      func(idx []int) error
	drawRange func(from, to int) error
}

// newFeed makes a feed; t may be nil.
func newFeed(s *data.Split, classes int, x, t *graph.Var) *feed {
	if _, ok := hostOf(x).([]float32); ok {
		return feedOf[float32](s, classes, x, t)
	}
	return feedOf[float64](s, classes, x, t)
}

// hostOf is the variable's memory, or a buffer of its type where that is out of reach.
func hostOf(v *graph.Var) any {
	if h := v.Host(); h != nil {
		return h
	}
	return v.Stage()
}

func feedOf[T data.Float](s *data.Split, classes int, x, t *graph.Var) *feed {
	xs := hostOf(x).([]T)
	var ts []T
	if t != nil {
		ts = hostOf(t).([]T)
	}
	upload := func() error {
		if x.Host() != nil {
			return nil
		}
		if err := x.Write(xs); err != nil || t == nil {
			return err
		}
		return t.Write(ts)
	}
	return &feed{
		draw: func(idx []int) error {
			data.Pixels(xs, s, idx)
			if t != nil {
				data.OneHot(ts, s, idx, classes)
			}
			return upload()
		},
		drawRange: func(from, to int) error {
			data.PixelRange(xs, s, from, to)
			if t != nil {
				data.OneHotRange(ts, s, from, to, classes)
			}
			return upload()
		},
	}
}
