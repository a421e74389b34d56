package native

// Sexp computes dst[i] = exp(x[i]), within 2 ulp; it underflows gradually where x is very negative.
func Sexp(dst, x []float32) { active.Load().s.vec.exp(dst, x[:len(dst)]) }

// Slog computes dst[i] = log(x[i]), the natural logarithm, within 2 ulp, of subnormal numbers too. It is -Inf for both
// zeros, NaN below.
func Slog(dst, x []float32) { active.Load().s.vec.log(dst, x[:len(dst)]) }

// Ssigmoid computes dst[i] = 1/(1+exp(-x[i])), within 2 ulp; it underflows gradually where x is very negative.
func Ssigmoid(dst, x []float32) { active.Load().s.vec.sigmoid(dst, x[:len(dst)]) }

// Stanh computes dst[i] = tanh(x[i]), within 2 ulp, with the sign of x, of a zero too.
func Stanh(dst, x []float32) { active.Load().s.vec.tanh(dst, x[:len(dst)]) }

// Sadd computes dst[i] = x[i] + y[i].
func Sadd(dst, x, y []float32) { active.Load().s.vec.add(dst, x[:len(dst)], y[:len(dst)]) }

// Ssub computes dst[i] = x[i] - y[i].
func Ssub(dst, x, y []float32) { active.Load().s.vec.sub(dst, x[:len(dst)], y[:len(dst)]) }

// Smul computes dst[i] = x[i] * y[i].
func Smul(dst, x, y []float32) { active.Load().s.vec.mul(dst, x[:len(dst)], y[:len(dst)]) }

// Sdiv computes dst[i] = x[i] / y[i].
func Sdiv(dst, x, y []float32) { active.Load().s.vec.div(dst, x[:len(dst)], y[:len(dst)]) }

// Smaximum computes dst[i] = max(x[i], y[i]): NaN if one of them is, y[i] if they are equal.
func Smaximum(dst, x, y []float32) { active.Load().s.vec.maximum(dst, x[:len(dst)], y[:len(dst)]) }

// Ssqrt computes dst[i] = sqrt(x[i]), correctly rounded.
func Ssqrt(dst, x []float32) { active.Load().s.vec.sqrt(dst, x[:len(dst)]) }

// Sless computes dst[i] = 1 if x[i] < y[i], else 0.
func Sless(dst, x, y []float32) { active.Load().s.vec.less(dst, x[:len(dst)], y[:len(dst)]) }

// SlessEq computes dst[i] = 1 if x[i] <= y[i], else 0.
func SlessEq(dst, x, y []float32) { active.Load().s.vec.lessEq(dst, x[:len(dst)], y[:len(dst)]) }

// Sequal computes dst[i] = 1 if x[i] == y[i], else 0.
func Sequal(dst, x, y []float32) { active.Load().s.vec.equal(dst, x[:len(dst)], y[:len(dst)]) }

// SaddScalar computes dst[i] = x[i] + alpha.
func SaddScalar(dst, x []float32, alpha float32) {
	active.Load().s.vec.addScalar(dst, x[:len(dst)], alpha)
}

// SmulScalar computes dst[i] = x[i] * alpha.
func SmulScalar(dst, x []float32, alpha float32) {
	active.Load().s.vec.mulScalar(dst, x[:len(dst)], alpha)
}

// SmaximumScalar computes dst[i] = max(x[i], alpha): NaN if one of them is, alpha if they are equal. With alpha = 0 it
// is the rectified linear unit.
func SmaximumScalar(dst, x []float32, alpha float32) {
	active.Load().s.vec.maximumScalar(dst, x[:len(dst)], alpha)
}

// Saxpy computes y[i] += alpha * x[i]. The product is rounded before it is added.
func Saxpy(alpha float32, x, y []float32) { active.Load().s.vec.axpy(y, x[:len(y)], y, alpha) }

// SaxpyTo computes dst[i] = alpha * x[i] + y[i]. The product is rounded before it is added.
func SaxpyTo(dst []float32, alpha float32, x, y []float32) {
	active.Load().s.vec.axpy(dst, x[:len(dst)], y[:len(dst)], alpha)
}

// Ssum adds up x in one fixed order, on every kernel set: 64 partial sums, of which x[i] goes to the one numbered
// i mod 64, are then folded in halves:
//
//	for h := 32; h > 0; h /= 2 {
//		for j := range h {
//			p[j] += p[j+h]
//		}
//	}
//
// The sum is p[0].
func Ssum(x []float32) float32 { return active.Load().s.vec.sum(x) }

// Sdot adds up the rounded products x[i]*y[i], in the order of Ssum. y has at least x's length.
func Sdot(x, y []float32) float32 { return active.Load().s.vec.dot(x, y[:len(x)]) }

// Smax is the largest element of x: NaN if one of them is, -Inf if x is empty. The sign of a zero is not defined.
func Smax(x []float32) float32 { return active.Load().s.vec.max(x) }

// Ssoftmax computes the softmax of each row of cols elements:
//
//	dst[j] = exp(x[j]-max(x)) / sum(exp(x-max(x)))
//
// len(dst) is a multiple of cols, else it panics. A result is within 4 + cols/8 ulp, whatever the range of its row: the
// difference in the exponent is as good as exact. A row with NaN, with +Inf or with nothing but -Inf becomes NaN.
func Ssoftmax(dst, x []float32, cols int) {
	active.Load().s.vec.softmax(dst, x[:len(dst)], checkRows(len(dst), cols))
}

// SfromBytes computes dst[i] = src[i] / 255.
func SfromBytes(dst []float32, src []byte) { active.Load().s.vec.fromBytes(dst, src[:len(dst)]) }
