package backendtest

import (
	"fmt"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
)

// checkLayers runs a net with hidden layers of 1200 and 600 units, beyond the blocks that products are cut into: of 512
// columns, and of 1,024 steps of the sum. Small batches train; a large one is predicted, over a right-hand side that an
// engine may bring into order for all threads.
func checkLayers(e backend.Engine) error {
	for _, c := range []struct {
		batch int
		train bool
	}{{1, true}, {7, true}, {100, false}} {
		for _, dt := range dtypes {
			p, in, err := net(dt, c.batch, c.train)
			if err != nil {
				return err
			}
			if err := conform(e, p, backend.Prepare(e, p), in, tolerance(p)); err != nil {
				return fmt.Errorf("batch %d, %v: %w", c.batch, dt, err)
			}
			if !c.train {
				break // in one type: the reference takes its time
			}
		}
	}
	return nil
}

// net is a step of training, with gradients written by hand, or the prediction alone. The first output is what the
// second layer adds up, small enough for no sigmoid to hide an error.
func net(dt ir.DType, batch int, train bool) (*ir.Program, map[string][]float64, error) {
	g := irtest.New("net", dt, uint64(batch))
	sizes := []int{20, 1200, 600, 10}
	param := func(shape ...int) ir.ID {
		id := g.Fresh(-1, 1, shape...)
		for i := range g.In[g.P.At(id).Name] {
			g.In[g.P.At(id).Name][i] /= 16
		}
		return id
	}
	product := func(form ir.Instr, args ...ir.ID) ir.ID {
		form.Op, form.Args = ir.MatMul, args
		return g.Emit(form)
	}
	x, t := g.Fresh(-1, 1, batch, sizes[0]), g.Fresh(0, 1, batch, sizes[3])
	var w, b, z, h []ir.ID
	h = append(h, x)
	for l := range 3 {
		w, b = append(w, param(sizes[l], sizes[l+1])), append(b, param(sizes[l+1]))
		z = append(z, product(ir.Instr{Bias: true}, h[l], w[l], b[l]))
		h = append(h, g.Op(ir.Sigmoid, z[l]))
	}
	if !train {
		p, err := g.Done([]ir.ID{z[1], z[2]})
		return p, g.In, err
	}
	lr := g.Scalar(0.5)
	d := g.Op(ir.LogLikelihoodGrad, z[2], t, g.Scalar(-1/float64(batch)))
	outputs, updates := []ir.ID{z[1], z[2]}, []ir.Update{}
	for l := 2; l >= 0; l-- {
		dw := product(ir.Instr{TransA: true}, h[l], d)
		db := g.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{d}, Axes: []int{0}})
		updates = append(updates, ir.Update{Into: w[l], Value: g.Op(ir.Sub, w[l], g.Op(ir.Mul, dw, lr))},
			ir.Update{Into: b[l], Value: g.Op(ir.Sub, b[l], g.Op(ir.Mul, db, lr))})
		d = product(ir.Instr{TransB: true}, d, w[l])
		if l > 0 {
			slope := g.Op(ir.Mul, h[l], g.Op(ir.Sub, g.Scalar(1), h[l]))
			d = g.Op(ir.Mul, d, slope)
		}
	}
	p, err := g.Done(append(outputs, d), updates...)
	return p, g.In, err
}
