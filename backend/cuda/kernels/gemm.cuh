// C = op(A)·op(B) in tiles. A is stored m x k or k x m, B k x n or n x k.
#pragma once
#include "epilogue.cuh"

// A block of 256 threads computes the tile of BM x BN at (row, column), down to row `end`; a thread TM x TN of it. Where the
// tile has fewer such pieces than there are threads, the threads form slices that share out k, and the slices' sums are added
// in their order. KC columns of A and rows of B are in shared memory at a time; the next ones are on their way in registers
// meanwhile.
template <class T, int BM, int BN, int KC, int TM, int TN, bool TA, bool TB>
__device__ void gemmTile(const T *a, const T *b, const Product<T> &to, int row, int end, int column) {
	const int m = to.m, n = to.n, k = to.k;
	constexpr int pieces = (BM / TM) * (BN / TN), slices = BLOCK / pieces, depth = KC / slices;
	constexpr int loadA = (BM * KC + BLOCK - 1) / BLOCK, loadB = BN * KC / BLOCK;
	constexpr int sizeA = KC * (BM + 1), sizeB = KC * (BN + 1); // one more column: threads that write down one meet different banks
	static_assert(pieces * slices == BLOCK && depth * slices == KC && loadB * BLOCK == BN * KC, "the tile does not fit");
	static_assert(sizeA + sizeB <= POOL && (slices == 1 || BLOCK * TM * TN <= POOL), "the tile does not fit into the pool");
	T(*as)[BM + 1] = reinterpret_cast<T(*)[BM + 1]>(pool<T>());
	T(*bs)[BN + 1] = reinterpret_cast<T(*)[BN + 1]>(pool<T>() + sizeA);
	T *part = pool<T>(); // when the tiles are done with

	const int t = threadIdx.x;
	const int slice = t / pieces, ti = t % pieces / (BN / TN) * TM, tj = t % (BN / TN) * TN;

	T nextA[loadA], nextB[loadB], sum[TM][TN];
	for (int i = 0; i < TM; i++)
		for (int j = 0; j < TN; j++) sum[i][j] = 0;

	// fetch reads what lies at k0 and after; neighbours in memory go to neighbouring threads. Outside of a matrix is 0.
	auto fetch = [&](int k0) {
#pragma unroll
		for (int x = 0; x < loadA; x++) {
			const int at = x * BLOCK + t, i = row + (TA ? at % BM : at / KC), l = k0 + (TA ? at / BM : at % KC);
			nextA[x] = at < BM * KC && i < end && l < k ? a[TA ? (long long)l * m + i : (long long)i * k + l] : T(0);
		}
#pragma unroll
		for (int x = 0; x < loadB; x++) {
			const int at = x * BLOCK + t, j = column + (TB ? at / KC : at % BN), l = k0 + (TB ? at % KC : at / BN);
			nextB[x] = j < n && l < k ? b[TB ? (long long)j * k + l : (long long)l * n + j] : T(0);
		}
	};

	fetch(0);
	for (int k0 = 0; k0 < k; k0 += KC) {
#pragma unroll
		for (int x = 0; x < loadA; x++) {
			const int at = x * BLOCK + t;
			if (at < BM * KC) as[TA ? at / BM : at % KC][TA ? at % BM : at / KC] = nextA[x];
		}
#pragma unroll
		for (int x = 0; x < loadB; x++) {
			const int at = x * BLOCK + t;
			bs[TB ? at % KC : at / BN][TB ? at / KC : at % BN] = nextB[x];
		}
		__syncthreads();
		if (k0 + KC < k) fetch(k0 + KC);
#pragma unroll 4
		for (int l = slice * depth; l < slice * depth + depth; l++) {
			for (int i = 0; i < TM; i++)
				for (int j = 0; j < TN; j++) sum[i][j] = fma(as[l][ti + i], bs[l][tj + j], sum[i][j]);
		}
		__syncthreads();
	}

	if (slices > 1) {
		for (int i = 0; i < TM; i++)
			for (int j = 0; j < TN; j++) part[(t * TM + i) * TN + j] = sum[i][j];
		__syncthreads();
		for (int o = 1; o < slices && slice == 0; o++)
			for (int i = 0; i < TM; i++)
				for (int j = 0; j < TN; j++) sum[i][j] += part[((o * pieces + t) * TM + i) * TN + j];
	}
	for (int i = 0; i < TM && slice == 0; i++)
		for (int j = 0; j < TN; j++) {
			const int r = row + ti + i, q = column + tj + j;
			if (r < end && q < n) to.put(r, q, sum[i][j], to.rest(r, q));
		}
}
