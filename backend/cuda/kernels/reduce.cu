// Reductions as launches of their own: each block computes as many results as it has threads for.
#define POOL BLOCK
#include "reduce.cuh"

#define REDUCE(name, T, F)                                                                                                                 \
	KERNEL __launch_bounds__(BLOCK) name(const T *x, T *out, int n, int depth, int k1, int ks0, int ks1, int g1, int gs0, int gs1, int lanes, \
		int across) {                                                                                                                           \
		const int results = BLOCK / lanes, from = blockIdx.x * results;                                                                         \
		reduceBlock<T, F>(x, out, from, from + results < n ? from + results : n, depth, k1, ks0, ks1, g1, gs0, gs1, lanes, across);             \
	}

#define BOTH(type, T)          \
	REDUCE(sum_##type, T, Sum) \
	REDUCE(max_##type, T, Max)

FLOATS(BOTH)
