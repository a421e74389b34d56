// Many threads' numbers become one.
#pragma once
#include "common.cuh"

// join gives each of `lanes` threads that lie side by side, a power of two, what f makes of all their numbers: those half of the
// lanes apart are joined, then those a quarter apart, and so on. It does so for N numbers of each thread at once. All threads of the
// block call it. part has room for as many numbers as there are lanes; within a warp registers do, and no thread waits for another
// warp.
template <int N, class T, class F> __device__ void join(T (&v)[N], T *part, int lane, int lanes, F f) {
	for (int n = 0; n < N && lanes > WARP; n++) {
		part[lane] = v[n];
		for (int half = lanes / 2; half >= WARP; half /= 2) {
			__syncthreads();
			if (lane < half) part[lane] = f(part[lane], part[lane + half]);
		}
		__syncthreads();
		v[n] = part[lane % WARP]; // each warp goes on with the same numbers
		__syncthreads();
	}
#pragma unroll
	for (int half = WARP / 2; half > 0; half /= 2) {
		T other[N];
#pragma unroll
		for (int n = 0; n < N; n++) other[n] = __shfl_xor_sync(~0u, v[n], half);
#pragma unroll
		for (int n = 0; n < N; n++)
			if (half < lanes) v[n] = f(v[n], other[n]);
	}
}

template <class T, class F> __device__ T join(T v, T *part, int lane, int lanes, F f) {
	T one[1] = {v};
	join(one, part, lane, lanes, f);
	return one[0];
}
