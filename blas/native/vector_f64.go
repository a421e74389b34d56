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

// Dsqrt computes dst[i] = sqrt(x[i]), correctly rounded.
func Dsqrt(dst, x []float64) { active.Load().d.vec.sqrt(dst, x[:len(dst)]) }

// Dless computes dst[i] = 1 if x[i] < y[i], else 0.
func Dless(dst, x, y []float64) { active.Load().d.vec.less(dst, x[:len(dst)], y[:len(dst)]) }

// DlessEq computes dst[i] = 1 if x[i] <= y[i], else 0.
func DlessEq(dst, x, y []float64) { active.Load().d.vec.lessEq(dst, x[:len(dst)], y[:len(dst)]) }

// Dequal computes dst[i] = 1 if x[i] == y[i], else 0.
func Dequal(dst, x, y []float64) { active.Load().d.vec.equal(dst, x[:len(dst)], y[:len(dst)]) }

// Dsoftmax is Ssoftmax for float64.
func Dsoftmax(dst, x []float64, cols int) {
	active.Load().d.vec.softmax(dst, x[:len(dst)], checkRows(len(dst), cols))
}

// DfromBytes computes dst[i] = src[i] / 255.
func DfromBytes(dst []float64, src []byte) { active.Load().d.vec.fromBytes(dst, src[:len(dst)]) }
