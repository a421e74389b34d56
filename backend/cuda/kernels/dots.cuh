// Small products: few results, each a sum of few terms. They are read straight from memory, all at once: nothing is shared, and no
// thread waits for another warp.
#pragma once
#include "epilogue.cuh"
#include "join.cuh"

// A block of 256 threads computes the rows from `row` to `end` of C. `lanes` threads, a power of two up to 32, share the terms of a
// result, U of each at a time.
template <class T, int U, bool TA, bool TB>
__device__ void dots(const T *a, const T *b, const Product<T> &to, int lanes, int row, int end) {
	a = global(a), b = global(b);
	const int t = threadIdx.x, lane = t % lanes, n = to.n, k = to.k, results = (end - row) * n;
	const long long nextA = (long long)lanes * (TA ? to.m : 1), nextB = (long long)lanes * (TB ? 1 : n);
	for (int first = 0; first < results; first += BLOCK / lanes) {
		const int at = first + t / lanes;
		const bool there = at < results;
		const int r = row + (there ? at / n : 0), q = there ? at % n : 0, terms = there ? k - lane : 0;
		typename Product<T>::Rest rest = {};
		if (there && lane == 0) rest = to.rest(r, q);
		const T *left = a + (TA ? lane * to.m + r : r * k + lane), *right = b + (TB ? q * k + lane : lane * n + q);
		T sum = 0;
		for (int done = 0; done < k; done += U * lanes) {
			T x[U], y[U];
#pragma unroll
			for (int u = 0; u < U; u++, left += nextA, right += nextB) {
				x[u] = y[u] = 0;
				if (done + u * lanes < terms) x[u] = *left, y[u] = *right;
			}
#pragma unroll
			for (int u = 0; u < U; u++) sum = fma(x[u], y[u], sum);
		}
		sum = join(sum, pool<T>(), lane, lanes, [](T v, T w) { return v + w; });
		if (there && lane == 0) to.put(r, q, sum, rest);
	}
}
