package native

// vectorKernels are the vector functions of one element type.
type vectorKernels[T float] struct {
	elementwise[T]
	fromBytes func(dst []T, src []byte)  // dst[i] = T(src[i]) / 255
	softmax   func(dst, x []T, cols int) // see Ssoftmax
}

// Ssoftmax computes the softmax of each row of cols elements:
//
//	dst[j] = exp(x[j]-max(x)) / sum(exp(x-max(x)))
//
// len(dst) is a multiple of cols. A result is within 4 + cols/8 ulp, whatever the range of its row: the difference in the
// exponent is as good as exact. A row with NaN, with +Inf or with nothing but -Inf becomes NaN.
func Ssoftmax(dst, x []float32, cols int) {
	active.Load().s.vec.softmax(dst, x[:len(dst)], checkRows(len(dst), cols))
}

// Dsoftmax is Ssoftmax for float64.
func Dsoftmax(dst, x []float64, cols int) {
	active.Load().d.vec.softmax(dst, x[:len(dst)], checkRows(len(dst), cols))
}

// SfromBytes computes dst[i] = src[i] / 255.
func SfromBytes(dst []float32, src []byte) { active.Load().s.vec.fromBytes(dst, src[:len(dst)]) }

// DfromBytes is SfromBytes for float64.
func DfromBytes(dst []float64, src []byte) { active.Load().d.vec.fromBytes(dst, src[:len(dst)]) }
