package kernels_test

import (
	"fmt"
	"strings"

	"github.com/stheno/stheno/backend/cuda/kernels"
)

// The PTX of the kernels that reduce tensors of float32.
func ExampleSource() {
	text, err := kernels.Source("reduce_f32")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(kernels.Modules())
	fmt.Println(strings.Contains(text, ".visible .entry sum_f32("))
	// Output:
	// [conv_f32 conv_f64 convweights_f32 convweights_f64 functions_f32 functions_f64 gemm_f32 gemm_f64 groups_f32 groups_f64 images_f32 images_f64 moves_f32 moves_f64 reduce_f32 reduce_f64 rows_f32 rows_f64 tensor_f32]
	// true
}
