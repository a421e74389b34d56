// The tile of a product that a block sums up, from factors that come to it some terms at a time.
#pragma once
#include "common.cuh"

// few and many terms of a tile at a time.
template <class T> constexpr int few = 8;
template <class T> constexpr int many = sizeof(T) == 4 ? mostTerms : few<T>;

// Tile is BM x BN sums, TM x TN of a thread, to which so many terms come at a time: more of them are fewer waits, and more registers. A thread's are in pieces of up to four neighbours, so that it reads four numbers at once; a
// warp's threads lie four by eight, so that what they read together fits the banks.
template <class T, int BM, int BN, int DOWN, int RIGHT, int TERMS> struct Tile {
	static constexpr int TM = DOWN, TN = RIGHT, terms = TERMS;
	static constexpr int rows = BM, columns = BN, widthA = BM + 4, widthB = BN + 4, sizeA = terms * widthA, size = sizeA + terms * widthB;
	static constexpr int pieceA = TM < 4 ? TM : 4, pieceB = TN < 4 ? TN : 4, across = BN / TN, neighbours = pieceB;
	static_assert(BM / TM * across == BLOCK && across % 8 == 0 && 2 * size <= POOL, "the tile does not fit");
	T sum[TM][TN];
	int row, column; // of the thread's first piece

	__device__ Tile() {
		const int warp = threadIdx.x / WARP, lane = threadIdx.x % WARP;
		row = (warp / (across / 8) * 4 + lane / 8) * pieceA, column = (warp % (across / 8) * 8 + lane % 8) * pieceB;
		for (int i = 0; i < TM; i++)
			for (int j = 0; j < TN; j++) sum[i][j] = 0;
	}

	// down and right are where in the tile the sums of a thread are.
	__device__ int down(int i) const { return row + i / pieceA * (BM / (TM / pieceA)) + i % pieceA; }
	__device__ int right(int j) const { return column + j / pieceB * (BN / (TN / pieceB)) + j % pieceB; }

	// add takes terms: as is their columns of the left factor, bs their rows of the right one.
	__device__ void add(const T *as, const T *bs) {
#pragma unroll
		for (int l = 0; l < terms; l++) {
			Pack<T, pieceA> x[TM / pieceA];
			Pack<T, pieceB> y[TN / pieceB];
#pragma unroll
			for (int i = 0; i < TM / pieceA; i++) x[i] = *reinterpret_cast<const Pack<T, pieceA> *>(as + l * widthA + down(i * pieceA));
#pragma unroll
			for (int j = 0; j < TN / pieceB; j++) y[j] = *reinterpret_cast<const Pack<T, pieceB> *>(bs + l * widthB + right(j * pieceB));
#pragma unroll
			for (int i = 0; i < TM; i++)
#pragma unroll
				for (int j = 0; j < TN; j++) sum[i][j] = fma(x[i / pieceA].v[i % pieceA], y[j / pieceB].v[j % pieceB], sum[i][j]);
		}
	}
	static __device__ T rounded(T x) { return x; }
};

// sumUp adds so many terms to a tile, fetched by a and b. The next ones are on their way in registers while these are summed up, and there
// are two places in shared memory, so that a thread waits for the others once.
template <class T, class TILE, class A, class B> __device__ void sumUp(TILE &tile, A &a, B &b, int count) {
	if (count <= 0) return;
	T *place = pool<T>();
	a.fetch(), b.fetch();
	for (int done = 0; done < count; done += TILE::terms) {
		a.template store<TILE>(place, TILE::widthA), b.template store<TILE>(place + TILE::sizeA, TILE::widthB);
		__syncthreads();
		if (done + TILE::terms < count) a.fetch(), b.fetch();
		tile.add(place, place + TILE::sizeA);
		place = pool<T>() + (place == pool<T>() ? TILE::size : 0);
	}
}

// Share is how the threads of a block fetch a side of a tile, V numbers at once, of SIDE rows or columns and all terms at once. Along the
// side: a thread's numbers belong to neighbours on the side, and one term; or they are neighbouring terms of one row or column.
template <int SIDE, int V, bool ALONG, int TERMS> struct Share {
	static constexpr int threads = (ALONG ? SIDE : TERMS) / V;         // that lie side by side
	static constexpr int lines = BLOCK / threads, most = ALONG ? TERMS : SIDE; // fetched at once; and of all
	static constexpr int loads = lines < most ? most / lines : 1, stride = lines < most ? lines : most;
	static __device__ int first() { return threadIdx.x % threads * V; }
	static __device__ int line() { return threadIdx.x / threads; }
	static __device__ bool idle() { return line() >= most; }
};
