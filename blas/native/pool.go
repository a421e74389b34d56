package native

// Rectifier says what a pooling reads in the place of a number x.
type Rectifier int

// The rectifiers.
const (
	Plain       Rectifier = iota // x
	Positive                     // x·(0 < x)
	NotNegative                  // x·(0 ≤ x)
)

// poolKernels are for windows of 2 x 2 pixels that do not overlap, by rectifier. A set may have none.
type poolKernels[T float] struct {
	largest  [3]func(dst, x []T, ld, ch, cols int)
	gradient [3]func(dst, x []T, ld, ch, cols int, g []T)
}

// LargestOfPairs is a kernel for the largest numbers of windows of two rows, ld apart, and two columns, of so many channels: NaN where one
// is. nil where the kernel set has none.
func LargestOfPairs[T float](r Rectifier) func(dst, x []T, ld, channels, windows int) {
	return kernelsOf[T]().pool.largest[r]
}

// GradientOfPairs is a kernel for the gradient of LargestOfPairs: g goes to the first of the largest numbers of a window, times the
// rectifier's comparison; the others get 0. nil where the kernel set has none.
func GradientOfPairs[T float](r Rectifier) func(dst, x []T, ld, channels, windows int, g []T) {
	return kernelsOf[T]().pool.gradient[r]
}
