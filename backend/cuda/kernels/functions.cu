// The functions that generated kernels call (emit/chain.go, emit/kernel.go): of a thread, what PTX has no exact instruction
// for; of a whole block, one instruction of a program on some of its rows.
#define POOL 4608
#include "barrier.cuh"
#include "dots.cuh"
#include "feed.cuh"
#include "formulas.cuh"
#include "gemm.cuh"
#include "reduce.cuh"
#include "rows.cuh"
#include "strip.cuh"

FLOATS(FORMULAS)

// Rows from, from+1, ... to-1 of a product. strips are for a B that is read along its rows, in pairs of columns where n is even,
// and for short sums; tiles for a large B that is transposed; dots for small products.
#define DOTS(name, T, TA, TB)                                                                                                            \
	extern "C" __device__ void name(const T *a, const T *b, T *c, const T *p, const T *s, int m, int n, int k, int mode, int act, int lanes, \
		int from, int to) {                                                                                                                  \
		dots<T, 16, TA, TB>(a, b, {c, p, s, m, n, k, mode, act}, lanes, from, to);                                                         \
	}

#define STRIPS(name, T, N, TA, TB)                                                                                                       \
	extern "C" __device__ void name(const T *a, const T *b, T *c, const T *p, const T *s, int m, int n, int k, int mode, int act, int lanes, \
		int from, int to) {                                                                                                                  \
		const Product<T> product = {c, p, s, m, n, k, mode, act};                                                                           \
		for (int row = from; row < to; row += tileRows)                                                                                             \
			for (int column = 0; column < n; column += lanes * N) {                                                                         \
				strip<T, tileRows, N, 16, TA, TB>(a, b, product, lanes, row, to, column);                                                          \
				__syncthreads();                                                                                                             \
			}                                                                                                                                \
	}

#define TILES(name, T, TA)                                                                                                               \
	extern "C" __device__ void name(const T *a, const T *b, T *c, const T *p, const T *s, int m, int n, int k, int mode, int act, int from, \
		int to) {                                                                                                                            \
		const Product<T> product = {c, p, s, m, n, k, mode, act};                                                                           \
		for (int row = from; row < to; row += tileRows)                                                                                             \
			for (int column = 0; column < n; column += 64) {                                                                                \
				gemmTile<T, tileRows, 64, 64, 4, 1, TA, true>(Left<T, TA>{a, m, k}, Right<T, true>{b, n, k}, product, row, to, column);            \
				__syncthreads();                                                                                                             \
			}                                                                                                                                \
	}

#define REDUCE(name, T, F)                                                                                                              \
	extern "C" __device__ void name(const T *x, T *out, int depth, int k1, int ks0, int ks1, int g1, int gs0, int gs1, int lanes, int across, \
		int from, int to) {                                                                                                              \
		reduceBlock<T, F>(x, out, from, to, depth, k1, ks0, ks1, g1, gs0, gs1, lanes, across);                                           \
	}

#define FEED(name, T, E)                                                                                                                \
	extern "C" __device__ void name(const unsigned char *table, const int *idx, T *out, int width, int columns, int first, int from, int to) { \
		feedBlock<T, E>(table, idx + first, out, width, columns, from, to);                                                             \
	}

#define BLOCKS(type, T)                                                                                                                \
	DOTS(block_dots_nn_##type, T, false, false)                                                                                        \
	DOTS(block_dots_nt_##type, T, false, true)                                                                                         \
	DOTS(block_dots_tn_##type, T, true, false)                                                                                         \
	DOTS(block_dots_tt_##type, T, true, true)                                                                                          \
	STRIPS(block_pairs_n_##type, T, 2, false, false)                                                                                   \
	STRIPS(block_pairs_t_##type, T, 2, true, false)                                                                                    \
	STRIPS(block_strips_nn_##type, T, 1, false, false)                                                                                 \
	STRIPS(block_strips_nt_##type, T, 1, false, true)                                                                                  \
	STRIPS(block_strips_tn_##type, T, 1, true, false)                                                                                  \
	STRIPS(block_strips_tt_##type, T, 1, true, true)                                                                                   \
	TILES(block_tiles_n_##type, T, false)                                                                                              \
	TILES(block_tiles_t_##type, T, true)                                                                                               \
	REDUCE(block_sum_##type, T, Sum)                                                                                                   \
	REDUCE(block_max_##type, T, Max)                                                                                                   \
	extern "C" __device__ void block_softmax_##type(const T *x, T *out, int classes, int lanes, int log_, int from, int to) {          \
		softmaxBlock(x, out, from, to, classes, lanes, log_);                                                                          \
	}                                                                                                                                  \
	extern "C" __device__ void block_loglikelihood_##type(const T *x, const T *t, T *out, int classes, int lanes, int from, int to) {           \
		logLikelihoodBlock(x, t, out, from, to, classes, lanes);                                                                                \
	}                                                                                                                                  \
	extern "C" __device__ void block_loglikelihoodgrad_##type(const T *x, const T *t, const T *s, T *out, int classes, int lanes, int from, int to) { \
		loglikelihoodgradBlock(x, t, s, out, from, to, classes, lanes);                                                                         \
	}                                                                                                                                  \
	FEED(block_scaled_##type, T, Scaled)                                                                                               \
	FEED(block_onehot_##type, T, OneHot)                                                                                               \
	extern "C" __device__ void block_record_##type(const T *result, T *results, int run) {                                            \
		if (threadIdx.x == 0) results[run] = *result;                                                                                  \
	}                                                                                                                                  \
	extern "C" __device__ void block_keep_##type(const T *result, T *results, int *runs) {                                            \
		if (threadIdx.x == 0) results[(*runs)++] = *result;                                                                            \
	}

FLOATS(BLOCKS)

extern "C" __device__ void block_barrier(unsigned *arrived, unsigned goal) { meet(arrived, goal); }
