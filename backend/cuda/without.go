//go:build !cuda

package cuda

import (
	"errors"

	"github.com/stheno/stheno/backend"
)

const missing = "this program was built without CUDA: build it with -tags cuda (build_tags.md says what that needs), or use the engine go or blas"

func init() {
	backend.Register("cuda", func() (backend.Engine, error) { return nil, errors.New(missing) })
}
