package cuda

import (
	"fmt"
	"os"
	"strconv"
)

// GPU is the environment variable with the number of the GPU, from 0, among those that the driver shows; beyond the last one it starts
// from the first again. Without it the first is taken.
const GPU = "STHENO_GPU"

// chosen is the number of the GPU, of so many.
func chosen(gpus int) (int, error) {
	text := os.Getenv(GPU)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("cuda: %s=%q is no number of a GPU: the driver shows %d, counted from 0", GPU, text, gpus)
	}
	return n % gpus, nil
}
