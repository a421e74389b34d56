// A barrier for all blocks of a launch, which must all be on the GPU at once (a cooperative launch).
#pragma once
#include "common.cuh"

// What a block wrote before, all read after: a fence at each side orders memory for the whole GPU, and the first thread's holds for
// its block, whose threads it meets before and after (PTX's memory model, causality order). __threadfence would order more than
// that, which takes longer.
__device__ void fence() { asm volatile("fence.acq_rel.gpu;" ::: "memory"); }

// meet waits until blocks have come `goal` times since the launch began.
__device__ void meet(unsigned *arrived, unsigned goal) {
	__syncthreads();
	if (threadIdx.x == 0) {
		unsigned come;
		fence();
		asm volatile("atom.relaxed.gpu.add.u32 %0, [%1], 1;" : "=r"(come) : "l"(arrived) : "memory");
		do asm volatile("ld.relaxed.gpu.u32 %0, [%1];" : "=r"(come) : "l"(arrived) : "memory");
		while (int(come - goal) < 0); // a difference: the number may pass 2³²
		fence();
	}
	__syncthreads();
}
