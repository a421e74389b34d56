// Many threads' numbers become one.
#pragma once
#include "common.cuh"

// join gives each of `lanes` threads that lie side by side, a power of two, what f makes of all their numbers: those half of the
// lanes apart are joined, then those a quarter apart, and so on. All threads of the block call it. part has room for as many
// numbers as there are lanes; within a warp registers do, and no thread waits for another warp.
template <class T, class F> __device__ T join(T v, T *part, int lane, int lanes, F f) {
	if (lanes > WARP) {
		part[lane] = v;
		for (int half = lanes / 2; half >= WARP; half /= 2) {
			__syncthreads();
			if (lane < half) part[lane] = f(part[lane], part[lane + half]);
		}
		__syncthreads();
		v = part[lane % WARP]; // each warp goes on with the same numbers
		__syncthreads();
	}
#pragma unroll
	for (int half = WARP / 2; half > 0; half /= 2) {
		const T other = __shfl_xor_sync(~0u, v, half);
		if (half < lanes) v = f(v, other);
	}
	return v;
}
