package native

// generic is the kernel set of every CPU, in plain Go.
var generic = set{
	name: "generic",
	s:    genericKernels[float32](),
	d:    genericKernels[float64](),
}

func genericKernels[T float]() kernels[T] {
	return kernels[T]{
		gemm:   gemmKernel[T]{mr: 2, nr: 4, lanes: 1, tall: 2, tile: tileGeneric[T], pack: packGeneric[T](4), blocking: usual},
		vec:    genericVectors[T](),
		sparse: genericSparse[T](),
		taps:   tapsGeneric[T],
	}
}
