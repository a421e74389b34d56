package native

import (
	"fmt"
	"math"
)

// checkRows guards the kernels against rows that run over the end.
func checkRows(n, cols int) int {
	if cols < 1 || n%cols != 0 {
		panic(fmt.Sprintf("native: softmax: %d elements are not rows of %d", n, cols))
	}
	return cols
}

func softmaxGeneric[T float](dst, x []T, cols int) {
	for ; len(dst) > 0; dst, x = dst[cols:], x[cols:] {
		m, sum := maxGeneric(x[:cols]), T(0)
		for j, v := range x[:cols] {
			dst[j] = T(math.Exp(float64(v - m)))
			sum += dst[j]
		}
		for j := range cols {
			dst[j] /= sum
		}
	}
}
