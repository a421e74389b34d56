//go:build !cuda

package cuda

const missing = "this program was built without CUDA, and the CUDA engine does not exist yet: use -backend=go or -backend=blas"
