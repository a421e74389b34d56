// Convolutions, forward and back to images. Where channels before come in fours, four are read at once; where those after do, four are
// written.
#define POOL (sizeof(T) == 4 ? 6400 : 4224)
#include "conv.cuh"

#define CONV(name, T, BOUNDS, BM, BN, TM, TN, TERMS, V, VB, BACK)                                                                        \
	KERNEL __launch_bounds__ BOUNDS name(const T *x, const T *b, T *c, const T *p, int images, int tiles, int groups, int results, int each, int mode, \
										 int act, WINDOW) {                                                                                \
		const Window w = WINDOW_OF;                                                                                                        \
		convBlock<T, Tile<T, BM, BN, TM, TN, TERMS>, V, VB, BACK>(x, b, c, p, images, tiles, groups, results, each, mode, act, w);                \
	}

// Fours come as many at once as leave room for two blocks on a multiprocessor, or three of the smaller tiles. A broad tile leaves room for
// a second one only where that is asked for. (Of float64, the pool has half as many.)
#define FORMS(form, type, T, BACK)                                                                                          \
	CONV(conv_broad_##form##44_##type, T, (BLOCK, sizeof(T) == 4 ? 2 : 1), wideRows, wideRows, 8, 8, few<T>, 4, 4, BACK)  \
	CONV(conv_wide_##form##44_##type, T, (BLOCK), wideRows, wideTile, 8, 4, many<T>, 4, 4, BACK)                           \
	CONV(conv_square_##form##44_##type, T, (BLOCK), wideTile, wideTile, 4, 4, many<T>, 4, 4, BACK)                         \
	CONV(conv_slim_##form##44_##type, T, (BLOCK), slimRows, slimColumns, 4, 4, many<T>, 4, 4, BACK)                        \
	CONV(conv_square_##form##14_##type, T, (BLOCK), wideTile, wideTile, 4, 4, few<T>, 1, 4, BACK)                          \
	CONV(conv_slim_##form##14_##type, T, (BLOCK), slimRows, slimColumns, 4, 4, few<T>, 1, 4, BACK)                         \
	CONV(conv_square_##form##11_##type, T, (BLOCK), wideTile, wideTile, 4, 4, few<T>, 1, 1, BACK)                          \
	CONV(conv_slim_##form##11_##type, T, (BLOCK), slimRows, slimColumns, 4, 4, few<T>, 1, 1, BACK)

#define CONVS(type, T)        \
	FORMS(n, type, T, false)  \
	FORMS(t, type, T, true)

FLOATS(CONVS)
