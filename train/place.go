package train

import (
	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/dist"
	"github.com/stheno/stheno/models"
)

// gradientsIn shares memory for the gradients that are no summands among others, and gives the place of each in it, in the order of the
// parameters. Both are nil where the processes share no memory, or the engine's is not the host's.
func gradientsIn(g dist.Group, m *models.Model) (*dist.Shared, []any, error) {
	if _, ok := m.Engine().(backend.Adopter); !ok {
		return nil, nil, nil
	}
	const page = 4096 // far enough from what others write, and where kernels like it
	width, bytes := int(m.DType.Size()), 0
	at := make([]int, len(m.Net.Params))
	for i, p := range m.Net.Params {
		at[i] = bytes
		if p.Size() >= small {
			bytes += (p.Size()*width + page - 1) / page * page
		}
	}
	if bytes == 0 {
		return nil, nil, nil
	}
	shared, err := dist.ShareOf(g, bytes)
	if shared == nil || err != nil {
		return nil, nil, err
	}
	mine, places := shared.Of[g.Rank()], make([]any, len(at))
	for i, p := range m.Net.Params {
		switch {
		case p.Size() < small:
		case width == 8:
			places[i] = dist.Slice[float64](mine, at[i], p.Size())
		default:
			places[i] = dist.Slice[float32](mine, at[i], p.Size())
		}
	}
	return shared, places, nil
}
