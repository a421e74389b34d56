package native

// Dexp is Sexp for float64, within 3 ulp: 2 on the kernel sets in assembly.
func Dexp(dst, x []float64) { active.Load().d.vec.exp(dst, x[:len(dst)]) }

// Dlog is Slog for float64.
func Dlog(dst, x []float64) { active.Load().d.vec.log(dst, x[:len(dst)]) }

// Dsigmoid is Ssigmoid for float64, within 3 ulp: 2 on the kernel sets in assembly.
func Dsigmoid(dst, x []float64) { active.Load().d.vec.sigmoid(dst, x[:len(dst)]) }

// Dtanh is Stanh for float64.
func Dtanh(dst, x []float64) { active.Load().d.vec.tanh(dst, x[:len(dst)]) }

// Dadd computes dst[i] = x[i] + y[i].
func Dadd(dst, x, y []float64) { active.Load().d.vec.add(dst, x[:len(dst)], y[:len(dst)]) }

// Dsub computes dst[i] = x[i] - y[i].
func Dsub(dst, x, y []float64) { active.Load().d.vec.sub(dst, x[:len(dst)], y[:len(dst)]) }

// Dmul computes dst[i] = x[i] * y[i].
func Dmul(dst, x, y []float64) { active.Load().d.vec.mul(dst, x[:len(dst)], y[:len(dst)]) }

// Ddiv computes dst[i] = x[i] / y[i].
func Ddiv(dst, x, y []float64) { active.Load().d.vec.div(dst, x[:len(dst)], y[:len(dst)]) }

// Dmaximum is Smaximum for float64.
func Dmaximum(dst, x, y []float64) { active.Load().d.vec.maximum(dst, x[:len(dst)], y[:len(dst)]) }

// Dsqrt computes dst[i] = sqrt(x[i]), correctly rounded.
func Dsqrt(dst, x []float64) { active.Load().d.vec.sqrt(dst, x[:len(dst)]) }

// Dless computes dst[i] = 1 if x[i] < y[i], else 0.
func Dless(dst, x, y []float64) { active.Load().d.vec.less(dst, x[:len(dst)], y[:len(dst)]) }

// DlessEq computes dst[i] = 1 if x[i] <= y[i], else 0.
func DlessEq(dst, x, y []float64) { active.Load().d.vec.lessEq(dst, x[:len(dst)], y[:len(dst)]) }

// Dequal computes dst[i] = 1 if x[i] == y[i], else 0.
func Dequal(dst, x, y []float64) { active.Load().d.vec.equal(dst, x[:len(dst)], y[:len(dst)]) }

// DaddScalar computes dst[i] = x[i] + alpha.
func DaddScalar(dst, x []float64, alpha float64) {
	active.Load().d.vec.addScalar(dst, x[:len(dst)], alpha)
}

// DmulScalar computes dst[i] = x[i] * alpha.
func DmulScalar(dst, x []float64, alpha float64) {
	active.Load().d.vec.mulScalar(dst, x[:len(dst)], alpha)
}

// DmaximumScalar is SmaximumScalar for float64.
func DmaximumScalar(dst, x []float64, alpha float64) {
	active.Load().d.vec.maximumScalar(dst, x[:len(dst)], alpha)
}

// Daxpy computes y[i] += alpha * x[i]. The product is rounded before it is added.
func Daxpy(alpha float64, x, y []float64) { active.Load().d.vec.axpy(y, x[:len(y)], y, alpha) }

// DaxpyTo computes dst[i] = alpha * x[i] + y[i]. The product is rounded before it is added.
func DaxpyTo(dst []float64, alpha float64, x, y []float64) {
	active.Load().d.vec.axpy(dst, x[:len(dst)], y[:len(dst)], alpha)
}

// Dsum adds up x in one fixed order, on every kernel set: that of Ssum with 32 partial sums.
func Dsum(x []float64) float64 { return active.Load().d.vec.sum(x) }

// Ddot adds up the rounded products x[i]*y[i], in the order of Dsum. y has at least x's length.
func Ddot(x, y []float64) float64 { return active.Load().d.vec.dot(x, y[:len(x)]) }

// Dmax is Smax for float64.
func Dmax(x []float64) float64 { return active.Load().d.vec.max(x) }

// Dsoftmax is Ssoftmax for float64.
func Dsoftmax(dst, x []float64, cols int) {
	active.Load().d.vec.softmax(dst, x[:len(dst)], checkRows(len(dst), cols))
}

// DfromBytes computes dst[i] = src[i] / 255.
func DfromBytes(dst []float64, src []byte) { active.Load().d.vec.fromBytes(dst, src[:len(dst)]) }
