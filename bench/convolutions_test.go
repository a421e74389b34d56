package bench

import (
	"math"
	"slices"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/bench/work"
)

// plainSum is a pass of a convolution as its definition says, on numbers in PyTorch's order, summed up as Convolved.Sum does.
func plainSum(s work.Convolution, pass string) (sum float64) {
	out := s.Out()
	sizes := map[string]int{
		"x": s.Batch * s.Channels * s.Size * s.Size, "w": s.Filters * s.Channels / max(1, s.Groups) * s.Kernel * s.Kernel, "g": s.Batch * s.Filters * out * out,
	}
	result := map[string]string{"forward": "g", "data": "x", "weights": "w"}[pass]
	x, w, g := work.Operand("x", sizes["x"]), work.Operand("w", sizes["w"]), work.Operand("g", sizes["g"])
	weights := work.Operand("weights", sizes[result])
	each(s.Batch, s.Filters, out, out, func(n, f, i, j int) {
		each(1, s.Channels/max(1, s.Groups), s.Kernel, s.Kernel, func(_, from, k, l int) {
			c := f/(s.Filters/max(1, s.Groups))*(s.Channels/max(1, s.Groups)) + from
			row, col := i*s.Step+k-s.Pad, j*s.Step+l-s.Pad
			if row < 0 || row >= s.Size || col < 0 || col >= s.Size {
				return
			}
			ofX, ofW, ofG := ((n*s.Channels+c)*s.Size+row)*s.Size+col, ((f*(s.Channels/max(1, s.Groups))+from)*s.Kernel+k)*s.Kernel+l, ((n*s.Filters+f)*out+i)*out+j
			switch result {
			case "g":
				sum += float64(x[ofX]) * float64(w[ofW]) * float64(weights[ofG])
			case "x":
				sum += float64(g[ofG]) * float64(w[ofW]) * float64(weights[ofX])
			case "w":
				sum += float64(x[ofX]) * float64(g[ofG]) * float64(weights[ofW])
			}
		})
	})
	return sum
}

func each(a, b, c, d int, do func(i, j, k, l int)) {
	for i := range a {
		for j := range b {
			for k := range c {
				for l := range d {
					do(i, j, k, l)
				}
			}
		}
	}
}

// TestConvolved: every pass that is timed, once, on small shapes of every kind in the table, is what its definition says.
func TestConvolved(t *testing.T) {
	for _, on := range Engines {
		t.Run(on, func(t *testing.T) {
			e, err := backend.Open(on)
			if err != nil {
				t.Skipf("no engine %s: %v", on, err)
			}
			defer e.Close()
			for _, s := range slices.Concat(Convolutions, GroupConvolutions) {
				s.Batch, s.Channels, s.Size, s.Filters = 1+s.Batch/32, 1+s.Channels%7, 7+s.Size%5, 1+s.Filters%5
				if s.Groups > 1 {
					s.Groups = 2 + s.Groups%9
					s.Channels, s.Filters = s.Groups*(1+s.Channels%3), s.Groups*s.Filters
				}
				for _, pass := range work.Passes {
					c, err := NewConvolved(e, s, pass)
					if err != nil {
						t.Fatal(err)
					}
					if _, err := c.Run(1); err != nil {
						t.Fatal(err)
					}
					sum, size, err := c.Sum()
					if want := plainSum(s, pass); err != nil || !(math.Abs(sum-want) <= 1e-5*size) || size == 0 {
						t.Errorf("%v, %s: %v, error %v; want %v", s, pass, sum, err, want)
					}
					c.Close()
				}
			}
		})
	}
	if n, m := len(Convolutions), len(GroupConvolutions); n != 20 || m != 20 {
		t.Errorf("%d and %d shapes, want 20 of each", n, m)
	}
}
