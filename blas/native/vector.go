package native

// vectorKernels are the vector functions of one element type. The public functions below check lengths; the kernels
// rely on them. Each line shows the loop body that the kernel stands for.
type vectorKernels[T float] struct {
	exp     func(dst, x []T) // dst[i] = exp(x[i])
	log     func(dst, x []T) // dst[i] = log(x[i])
	sigmoid func(dst, x []T) // dst[i] = 1 / (1 + exp(-x[i]))
	tanh    func(dst, x []T) // dst[i] = tanh(x[i])
	sqrt    func(dst, x []T) // dst[i] = sqrt(x[i])

	add    func(dst, x, y []T) // dst[i] = x[i] + y[i]
	sub    func(dst, x, y []T) // dst[i] = x[i] - y[i]
	mul    func(dst, x, y []T) // dst[i] = x[i] * y[i]
	div    func(dst, x, y []T) // dst[i] = x[i] / y[i]
	less   func(dst, x, y []T) // dst[i] = 1 if x[i] < y[i], else 0
	lessEq func(dst, x, y []T) // dst[i] = 1 if x[i] <= y[i], else 0
	equal  func(dst, x, y []T) // dst[i] = 1 if x[i] == y[i], else 0

	fromBytes func(dst []T, src []byte)  // dst[i] = T(src[i]) / 255
	softmax   func(dst, x []T, cols int) // see Ssoftmax
}
