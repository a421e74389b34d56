//go:build cuda

#include <cuda.h>

// gorgonia.org/cu calls cuInit when the program starts and ends the process if that fails, also where nobody asked for a
// GPU. The linker sends its call here (--wrap, see graph.go): the driver's answer is kept until the engine is opened.
CUresult __real_cuInit(unsigned int flags);

static CUresult answer = CUDA_ERROR_NOT_INITIALIZED;

CUresult __wrap_cuInit(unsigned int flags) {
	answer = __real_cuInit(flags);
	return CUDA_SUCCESS;
}

CUresult stheno_initialised(void) { return answer; }
