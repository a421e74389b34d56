//go:build !cuda

package cuda_test

import (
	"fmt"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cuda"
)

// Without the tag the engine is an error that says what to type.
func Example() {
	_, err := backend.Open("cuda")
	fmt.Println(err)
	// Output: this program was built without CUDA: build it with -tags cuda (build_tags.md says what that needs), or use the engine go or blas
}
