package native

// Rectifier says what a pooling reads in the place of a number x.
type Rectifier int

// The rectifiers.
const (
	Plain       Rectifier = iota // x
	Positive                     // x·(0 < x)
	NotNegative                  // x·(0 ≤ x)
)

// poolKernels are for windows of 2 x 2 pixels that do not overlap, the first two by rectifier. A set may have none.
type poolKernels[T float] struct {
	largest [3]func(dst, x []T, ld, ch, cols int)
	index   [3]func(dst, index, x []T, ld, ch, cols int)
	unpool  func(dst, index, g []T, ld, ch, cols int)
}

// LargestOfPairs is a kernel for the largest numbers of windows of two rows, ld apart, and two columns, of so many channels: NaN where one
// is. nil where the kernel set has none.
func LargestOfPairs[T float](r Rectifier) func(dst, x []T, ld, channels, windows int) {
	return kernelsOf[T]().pool.largest[r]
}

// IndexOfPairs is LargestOfPairs with a second result: which of the four, 0 to 3, is the first of the largest, or of the NaNs; plus 4
// where the rectifier's comparison is 0 for it.
func IndexOfPairs[T float](r Rectifier) func(dst, index, x []T, ld, channels, windows int) {
	return kernelsOf[T]().pool.index[r]
}

// UnpoolPairs is a kernel that writes both rows of windows: each number of g where the index of IndexOfPairs says, times 0 where that is 4
// or more, and 0 elsewhere. nil where the kernel set has none.
func UnpoolPairs[T float]() func(dst, index, g []T, ld, channels, windows int) {
	return kernelsOf[T]().pool.unpool
}
