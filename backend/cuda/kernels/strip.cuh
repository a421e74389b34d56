// Products with few rows. A thread has R rows of N neighbouring columns and reads its part of B straight from memory, each
// element once for R rows; only A's strip of R rows is shared.
#pragma once
#include "epilogue.cuh"

// A block of 256 threads computes the R rows from `row`, up to row `end`, and `lanes`·N columns from `column`, of C, of which
// there are n, a multiple of N. `lanes` threads lie side by side, at least 2·R; as many of the others as make whole rows share
// out k with them, and their sums are added in order. B is k x n or, where N is 1, may be n x k. A thread has U of its reads
// on their way while it works on the U before; what lies beyond k is 0.
template <class T, int R, int N, int U, bool TA, bool TB>
__device__ void strip(const T *a, const T *b, const Product<T> &to, int lanes, int row, int end, int column) {
	constexpr int few = 4; // steps that need no question; one more is read ahead
	constexpr int room = 4096 / R, DEPTH = room - (few + 1) * BLOCK / (2 * R); // columns of A that are shared at a time, without zeros
	static_assert(R * room <= POOL && R * N * BLOCK <= POOL, "the strip does not fit into the pool");
	static_assert(N == 1 || !TB, "neighbouring columns must be neighbours in memory");
	static_assert(U % few == 0, "steps are done a few at a time");
	a = global(a), b = global(b);
	const int t = threadIdx.x, lane = t % lanes, slices = BLOCK / lanes, mine = column + lane * N;
	const int slice = t / lanes < slices ? t / lanes : slices; // which has nothing to do
	const int m = to.m, n = to.n, k = to.k;
	Pack<T, R> *as = reinterpret_cast<Pack<T, R> *>(pool<T>());
	T sum[R][N];
	for (int i = 0; i < R; i++)
		for (int j = 0; j < N; j++) sum[i][j] = 0;

	for (int k0 = 0; k0 < k; k0 += DEPTH) {
		const int depth = k - k0 < DEPTH ? k - k0 : DEPTH;
		const bool there = mine < n && slice < slices; // the others read some element of B, for nothing
		// steps of the longest slice, of every slice, and of this thread's
		const int all = (depth + slices - 1) / slices, sure = depth / slices, own = there ? (depth - slice + slices - 1) / slices : 0;
		// the next read, and how far it is to the one after
		const char *at = reinterpret_cast<const char *>(!there ? b : TB ? b + mine * k + k0 + slice : b + (k0 + slice) * n + mine);
		const long long far = !there ? 0 : sizeof(T) * (TB ? slices : slices * n);
		auto read = [&](bool is) {
			Pack<T, N> v = {};
			if (is) v = *reinterpret_cast<const Pack<T, N> *>(at);
			at += far;
			return v;
		};
		Pack<T, N> right[U];
#pragma unroll
		for (int u = 0; u < U; u += few) {
			if (u >= all) break;
#pragma unroll
			for (int v = u; v < u + few; v++) right[v] = read(v < own);
		}
		constexpr int loads = room / BLOCK;
		Pack<T, R> left[loads];
		const T *mineA = a + (TA ? (k0 + t) * m + row : row * k + k0 + t); // of row and column t; others are so far away
		const long long down = TA ? 1 : k, across = TA ? (long long)BLOCK * m : BLOCK;
#pragma unroll
		for (int x = 0; x < loads; x++) {
			left[x] = {};
			if (x * BLOCK >= depth) continue;
#pragma unroll
			for (int i = 0; i < R; i++)
				if (x * BLOCK + t < depth && row + i < end) left[x].v[i] = mineA[x * across + i * down];
		}
#pragma unroll
		for (int x = 0; x < loads; x++)
			if (x * BLOCK < depth + few * slices) as[x * BLOCK + t] = left[x];
		__syncthreads();
		const Pack<T, R> *from = as + slice;
		int done = 0;
		Pack<T, R> next = *from;
		auto step = [&](int u) {
			const Pack<T, R> left = next;
			next = *(from += slices);
#pragma unroll
			for (int i = 0; i < R; i++)
#pragma unroll
				for (int j = 0; j < N; j++) sum[i][j] = fma(left.v[i], right[u].v[j], sum[i][j]);
		};
		// most reads are there for sure; the last ones are asked for; then there are none
		for (; done + 2 * U <= sure; done += U) {
#pragma unroll
			for (int u = 0; u < U; u++) step(u), right[u] = read(true);
		}
		if (done + U < all) {
			done += U;
#pragma unroll
			for (int u = 0; u < U; u++) step(u), right[u] = read(done + u < own);
		}
#pragma unroll
		for (int u = 0; u < U; u += few) {
			if (done + u >= all) break;
#pragma unroll
			for (int v = u; v < u + few; v++) step(v);
		}
		__syncthreads();
	}

	const int width = lanes * N;
	T *part = pool<T>();
#pragma unroll
	for (int i = 0; i < R && slice < slices; i++) {
		Pack<T, N> v;
#pragma unroll
		for (int j = 0; j < N; j++) v.v[j] = sum[i][j];
		*reinterpret_cast<Pack<T, N> *>(part + (slice * R + i) * width + lane * N) = v;
	}
	__syncthreads();
	for (int at = t; at < R * width; at += BLOCK) {
		const int r = row + at / width, q = column + at % width;
		if (r >= end || q >= n) continue;
		const auto rest = to.rest(r, q);
		T v = part[at];
		for (int s = 1; s < slices; s += U) {
			T more[U];
#pragma unroll
			for (int u = 0; u < U; u++) more[u] = s + u < slices ? part[(s + u) * R * width + at] : T(0);
#pragma unroll
			for (int u = 0; u < U; u++) v += more[u];
		}
		to.put(r, q, v, rest);
	}
}
