// C = op(A)·op(B) in tiles.
#pragma once
#include "epilogue.cuh"

// Left is op(A), m x k: A is stored so, or k x m.
template <class T, bool TA> struct Left {
	const T *a;
	int m, k;
	__device__ T operator()(int i, int l) const { return a[TA ? (long long)l * m + i : (long long)i * k + l]; }
};

// Right is op(B), k x n: B is stored so, or n x k.
template <class T, bool TB> struct Right {
	const T *b;
	int n, k;
	__device__ T operator()(int l, int j) const { return b[TB ? (long long)j * k + l : (long long)l * n + j]; }
};

// A block of 256 threads computes the tile of BM x BN at (row, column), down to row `end`; a thread TM x TN of it. Where the
// tile has fewer such pieces than there are threads, the threads form slices that share out k, and the slices' sums are added
// in their order. KC columns of A and rows of B are in shared memory at a time; the next ones are on their way in registers
// meanwhile. A and B are functions of row and column; TA and TB say that neighbours in memory are neighbours in a column of A, and in a
// column of B.
template <class T, int BM, int BN, int KC, int TM, int TN, bool TA, bool TB, class A, class B>
__device__ void gemmTile(const A &a, const B &b, const Product<T> &to, int row, int end, int column) {
	const int n = to.n, k = to.k;
	constexpr int pieces = (BM / TM) * (BN / TN), slices = BLOCK / pieces, depth = KC / slices;
	constexpr int loadA = (BM * KC + BLOCK - 1) / BLOCK, loadB = BN * KC / BLOCK;
	// more columns: threads that write down one meet different banks. A thread's numbers are read at once, where it has several of both
	constexpr bool packs = TM > 1 && TN > 1;
	constexpr int widthA = BM + (packs ? TM : 1), widthB = BN + (packs ? TN : 1), sizeA = KC * widthA, sizeB = KC * widthB;
	static_assert(pieces * slices == BLOCK && depth * slices == KC && loadB * BLOCK == BN * KC, "the tile does not fit");
	static_assert(sizeA + sizeB <= POOL && (slices == 1 || BLOCK * TM * TN <= POOL), "the tile does not fit into the pool");
	T(*as)[widthA] = reinterpret_cast<T(*)[widthA]>(pool<T>());
	T(*bs)[widthB] = reinterpret_cast<T(*)[widthB]>(pool<T>() + sizeA);
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
			nextA[x] = at < BM * KC && i < end && l < k ? a(i, l) : T(0);
		}
#pragma unroll
		for (int x = 0; x < loadB; x++) {
			const int at = x * BLOCK + t, j = column + (TB ? at / KC : at % BN), l = k0 + (TB ? at % KC : at / BN);
			nextB[x] = j < n && l < k ? b(l, j) : T(0);
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
			if constexpr (packs) {
				const auto x = *reinterpret_cast<const Pack<T, TM> *>(&as[l][ti]);
				const auto y = *reinterpret_cast<const Pack<T, TN> *>(&bs[l][tj]);
				for (int i = 0; i < TM; i++)
					for (int j = 0; j < TN; j++) sum[i][j] = fma(x.v[i], y.v[j], sum[i][j]);
			} else {
				for (int i = 0; i < TM; i++)
					for (int j = 0; j < TN; j++) sum[i][j] = fma(as[l][ti + i], bs[l][tj + j], sum[i][j]);
			}
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
