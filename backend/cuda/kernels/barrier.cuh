// A barrier for all blocks of a launch, which must all be on the GPU at once (a cooperative launch).
#pragma once
#include "common.cuh"

// meet waits until blocks have come `goal` times since the launch began. What a block wrote before, all read after: the fences
// order memory for the whole GPU, and the first thread's fence holds for its block, whose threads it meets before and after.
__device__ void meet(unsigned *arrived, unsigned goal) {
	__syncthreads();
	if (threadIdx.x == 0) {
		__threadfence();
		atomicAdd(arrived, 1u);
		while (int(*(volatile unsigned *)arrived - goal) < 0) { // a difference: the number may pass 2³²
		}
		__threadfence();
	}
	__syncthreads();
}
