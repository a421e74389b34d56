// Products as launches of their own: a block a tile or a strip.
#define POOL 4096
#include "gemm.cuh"
#include "strip.cuh"

#define TILE(name, T, BM, BN, KC, TM, TN, TA, TB)                                                                                     \
	KERNEL __launch_bounds__(BLOCK) name(const T *a, const T *b, T *c, const T *p, const T *s, int m, int n, int k, int mode, int act) { \
		const int columns = (n + BN - 1) / BN, row = blockIdx.x / columns * BM, column = blockIdx.x % columns * BN;                    \
		gemmTile<T, BM, BN, KC, TM, TN, TA, TB>(Left<T, TA>{a, m, k}, Right<T, TB>{b, n, k}, {c, p, s, m, n, k, mode, act}, row, m, column);  \
	}
#define EACH(name, T, tile, TA, TB) TILE(name, T, tile, TA, TB)

// narrow: many blocks for small results, k cut four ways. wide: 16 results a thread.
#define NARROW narrowTile, narrowTile, 128, 1, 1
#define WIDE wideTile, wideTile, 16, 4, 4

#define STRIP(name, T, N, TA)                                                                                                          \
	KERNEL __launch_bounds__(BLOCK) name(const T *a, const T *b, T *c, const T *p, const T *s, int m, int n, int k, int mode, int act,   \
		int lanes) {                                                                                                                    \
		const int width = lanes * N, columns = (n + width - 1) / width, row = blockIdx.x / columns * stripRows, column = blockIdx.x % columns * width; \
		strip<T, stripRows, N, 8, TA, false>(a, b, {c, p, s, m, n, k, mode, act}, lanes, row, m, column);                                       \
	}

#define FORMS(type, T)                                   \
	STRIP(gemm_pairs_n_##type, T, 2, false)              \
	STRIP(gemm_pairs_t_##type, T, 2, true)               \
	STRIP(gemm_strips_n_##type, T, 1, false)             \
	STRIP(gemm_strips_t_##type, T, 1, true)              \
	EACH(gemm_narrow_nt_##type, T, NARROW, false, true)  \
	EACH(gemm_narrow_tt_##type, T, NARROW, true, true)   \
	EACH(gemm_wide_nn_##type, T, WIDE, false, false)     \
	EACH(gemm_wide_nt_##type, T, WIDE, false, true)      \
	EACH(gemm_wide_tn_##type, T, WIDE, true, false)      \
	EACH(gemm_wide_tt_##type, T, WIDE, true, true)

FLOATS(FORMS)
