package train

import (
	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/dist"
	"github.com/stheno/stheno/graph"
)

// deviceSums add gradients up over the processes where they are, in the memory of GPUs: nothing of them comes to the host.
type deviceSums struct {
	g      dist.Group
	lender backend.Lender // of one of the gradients: it lends the memory of all
	sums   []dist.Operation
}

// newDeviceSums is nil where that cannot be: the memory is no GPU's, the group does not work there, or the parts of a batch are to be
// added up in an order of ours.
func newDeviceSums(c Config, gradients []*graph.Var) (*deviceSums, error) {
	g, ok := c.Group.(dist.DeviceSummer)
	if !ok || c.Parts > 0 || !g.CUDA() {
		return nil, nil
	}
	s := &deviceSums{g: c.Group}
	for _, v := range gradients {
		lender, ok := v.Buffer.(backend.Lender)
		if !ok {
			return nil, nil
		}
		sum, err := g.SumDevice(dist.Device{Pointer: lender.Address(), Len: v.Shape.Size(), Double: v.DType.Bytes() == 8})
		if err != nil {
			return nil, err
		}
		s.lender, s.sums = lender, append(s.sums, sum)
	}
	return s, nil
}

// run adds up what the last gradient's program has left. The others are waited for first, by what notices that one is gone, which the sums
// themselves do not.
func (s *deviceSums) run() error {
	if err := s.g.Barrier(); err != nil {
		return err
	}
	return s.lender.Lend(func() error {
		for _, sum := range s.sums {
			if err := dist.Do(sum); err != nil {
				return err
			}
		}
		return nil
	})
}
