// Products as launches of their own: a block a tile.
#ifndef POOL
#define POOL 2560
#endif
#include "gemm.cuh"

#define GEMM(name, T, BM, BN, KC, TM, TN, TA, TB)                                                                                     \
	KERNEL __launch_bounds__(BLOCK) name(const T *a, const T *b, T *c, const T *p, const T *s, int m, int n, int k, int mode, int act) { \
		const int columns = (n + BN - 1) / BN, row = blockIdx.x / columns * BM, column = blockIdx.x % columns * BN;                    \
		gemmTile<T, BM, BN, KC, TM, TN, TA, TB>(a, b, c, p, s, m, n, k, mode, act, row, m, column);                                    \
	}                                                                                                                                   \
	EXPORT(name)
#define EACH(name, T, tile, TA, TB) GEMM(name, T, tile, TA, TB)

// narrow: many blocks for small results, k cut four ways. wide: 16 results a thread.
#define NARROW 8, 8, 128, 1, 1
#define WIDE 64, 64, 16, 4, 4

#define FORMS(type, T)                                   \
	EACH(gemm_narrow_nn_##type, T, NARROW, false, false) \
	EACH(gemm_narrow_nt_##type, T, NARROW, false, true)  \
	EACH(gemm_narrow_tn_##type, T, NARROW, true, false)  \
	EACH(gemm_narrow_tt_##type, T, NARROW, true, true)   \
	EACH(gemm_wide_nn_##type, T, WIDE, false, false)     \
	EACH(gemm_wide_nt_##type, T, WIDE, false, true)      \
	EACH(gemm_wide_tn_##type, T, WIDE, true, false)      \
	EACH(gemm_wide_tt_##type, T, WIDE, true, true)

FLOATS(FORMS)
