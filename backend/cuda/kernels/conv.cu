// Convolutions as products of matrices that nobody stores: a row is the patch of a position of the result, its columns are the taps'
// channels (Chellapilla et al., 2006).
#define POOL 4096
#include "gemm.cuh"
#include "window.cuh"

// Weights are k x n, the taps' channels by the new channels; or of a convolution back to images: the taps are read from the last to the
// first, and the channels exchanged.
template <class T, bool BACK> struct Weights {
	const T *b;
	int n, channels, taps;
	__device__ T operator()(int l, int j) const { return b[BACK ? ((taps - 1 - l / channels) * n + j) * channels + l % channels : l * n + j]; }
};

#define TILED                                                                               \
	const int across = (n + BN - 1) / BN, tiles = (m + BM - 1) / BM * across;           \
	const int tile = blockIdx.x % tiles, row = tile / across * BM, column = tile % across * BN;

template <class T, int BM, int BN, bool BACK> __device__ void convBlock(const T *x, const T *b, T *c, const T *p, int m, int n, int mode, int act, const Window &w) {
	TILED const auto a = [&](int i, int l) { return patch(x, w, i, l); };
	const int taps = w.taps();
	gemmTile<T, BM, BN, 16, 4, 4, false, BACK>(a, Weights<T, BACK>{b, n, w.channels, taps}, {c, p, p, m, n, taps * w.channels, mode, act}, row, m, column);
}

// convWeightsBlock sums over `each` positions of k, for which the blocks behind one another have results of their own.
template <class T, int BM, int BN> __device__ void convWeightsBlock(const T *x, const T *g, T *c, int m, int n, int k, int each, const Window &w) {
	TILED const int part = blockIdx.x / tiles, from = part * each;
	const auto a = [&](int i, int l) { return patch(x, w, l, i); };
	const Product<T> sums = {c + (long long)part * m * n, nullptr, nullptr, m, n, from + each < k ? from + each : k, plain, 0};
	gemmTile<T, BM, BN, 16, 4, 4, true, false>(a, Right<T, false>{g, n, k}, sums, row, m, column, from);
}

#define CONV(name, T, BM, BN, BACK)                                                                                                    \
	KERNEL __launch_bounds__(BLOCK) name(const T *x, const T *b, T *c, const T *p, int m, int n, int mode, int act, WINDOW) {              \
		convBlock<T, BM, BN, BACK>(x, b, c, p, m, n, mode, act, WINDOW_OF);                                                            \
	}
#define WEIGHTS(name, T, BM, BN)                                                                                                          \
	KERNEL __launch_bounds__(BLOCK) name(const T *x, const T *g, T *c, int m, int n, int k, int each, WINDOW) {                            \
		convWeightsBlock<T, BM, BN>(x, g, c, m, n, k, each, WINDOW_OF);                                                                   \
	}

#define CONVS(type, T)                                            \
	CONV(conv_wide_n_##type, T, wideTile, wideTile, false)        \
	CONV(conv_wide_t_##type, T, wideTile, wideTile, true)         \
	CONV(conv_slim_n_##type, T, slimRows, slimColumns, false)     \
	CONV(conv_slim_t_##type, T, slimRows, slimColumns, true)      \
	WEIGHTS(convweights_wide_##type, T, wideTile, wideTile)       \
	WEIGHTS(convweights_slim_##type, T, slimRows, slimColumns)

FLOATS(CONVS)
