// Sum and maximum over axes. Axes that lie together count as one, so that a result o and a term r of it are found by two
// numbers each: o at (o / k1)·ks0 + (o % k1)·ks1 of the source, r at (r / g1)·gs0 + (r % g1)·gs1 further on.
#pragma once
#include "join.cuh"

struct Sum {
	template <class T> static __device__ T zero() { return T(0); }
	template <class T> static __device__ T join(T a, T b) { return a + b; }
};

struct Max {
	template <class T> static __device__ T zero() { return -infinity<T>(); }
	template <class T> static __device__ T join(T a, T b) { return larger(a, b); }
};

// A block computes the results from, from+1, ... to-1: `lanes` threads each join every so many terms of a result, then they
// join what they have, halving their number. Where neighbours in memory belong to different results (across), neighbouring
// threads do as well.
template <class T, class F>
__device__ void reduceBlock(const T *x, T *out, int from, int to, int depth, int k1, int ks0, int ks1, int g1, int gs0, int gs1, int lanes, int across) {
	T *part = pool<T>();
	const int t = threadIdx.x, results = BLOCK / lanes;
	const int lane = across ? t / results : t % lanes, result = across ? t % results : t / lanes;
	for (int first = from; first < to; first += results) {
		const int o = first + result;
		T v = F::template zero<T>();
		if (o < to) {
			const T *at = x + (long long)(o / k1) * ks0 + (long long)(o % k1) * ks1;
			for (int r = lane; r < depth; r += lanes) v = F::join(v, at[(long long)(r / g1) * gs0 + (long long)(r % g1) * gs1]);
		}
		if (across) {
			part[t] = v;
			for (int half = lanes / 2; half > 0; half /= 2) {
				__syncthreads();
				if (lane < half) part[t] = F::join(part[t], part[t + half * results]);
			}
			v = part[t];
			__syncthreads();
		} else {
			v = join(v, part + result * lanes, lane, lanes, F::template join<T>);
		}
		if (lane == 0 && o < to) out[o] = v;
	}
}
