//go:build cuda

package cuda

import (
	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/cuda/internal/driver/nvidia"
)

func init() {
	backend.Register("cuda", func() (backend.Engine, error) {
		e, err := Open(nvidia.Driver{})
		if err != nil {
			return nil, err // not e: an engine that is nil would not be nil as a backend.Engine
		}
		return e, nil
	})
}
