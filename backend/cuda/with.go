//go:build cuda

package cuda

const missing = "the CUDA engine does not exist yet, though this program was built with -tags cuda: use -backend=go or -backend=blas"
