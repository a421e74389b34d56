// Package cuda is the place of the engine "cuda", for NVIDIA GPUs. The engine is not built yet: opening it is an error
// that says so, never a silent fall-back to another engine.
package cuda

import (
	"errors"

	"stheno/backend"
)

func init() {
	backend.Register("cuda", func() (backend.Engine, error) { return nil, errors.New(missing) })
}
