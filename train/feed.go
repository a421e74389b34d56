package train

import (
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/graph"
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
			if err := data.Pixels(xs, s, idx); err != nil {
				return err
			}
			if t != nil {
				if err := data.OneHot(ts, s, idx, classes); err != nil {
					return err
				}
			}
			return upload()
		},
		drawRange: func(from, to int) error {
			if err := data.PixelRange(xs, s, from, to); err != nil {
				return err
			}
			if t != nil {
				if err := data.OneHotRange(ts, s, from, to, classes); err != nil {
					return err
				}
			}
			return upload()
		},
	}
}
