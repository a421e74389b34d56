package serve

import (
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"
)

// model is a predictor and what its file says of the data.
type model struct {
	*models.Predictor
	last atomic.Pointer[prepared] // of the net that answered last: a reload brings another one
}

// prepared is a net and its preprocessing, nil if it has none.
type prepared struct {
	*models.Net
	data *data.Preprocessing
}

func (m *model) prepared() (*prepared, error) {
	net := m.Net()
	if p := m.last.Load(); p != nil && p.Net == net {
		return p, nil
	}
	d, err := data.ParsePreprocessing(net.Preprocessing)
	if n := d.Inputs(); err == nil && n != 0 && n != net.In {
		err = fmt.Errorf("the preprocessing gives %d numbers, the net reads %d", n, net.In)
	}
	if err != nil {
		return nil, err
	}
	p := &prepared{net, d}
	m.last.Store(p)
	return p, nil
}

// sample is the shape of a sample as a client sends it: raw, where the net has a preprocessing, unless it says that it has done that.
func (p *prepared) sample(done bool) []int {
	if p.data != nil && !done && len(p.data.Columns) > 0 {
		return []int{len(p.data.Columns)}
	}
	return p.Sample()
}

// apply makes the inputs of raw samples.
func (p *prepared) apply(x, raw []float64, samples int) []float64 {
	x = slices.Grow(x[:0], samples*p.In)[:samples*p.In]
	each := len(raw) / samples
	for i := range samples {
		data.Apply(p.data, x[i*p.In:(i+1)*p.In], raw[i*each:(i+1)*each])
	}
	return x
}
