// Gradients of convolutions by weights.
#define POOL (sizeof(T) == 4 ? 6400 : 3200)
#include "conv.cuh"

#define WEIGHTS(name, T, BM, BN, TM, TN, TERMS, V)                                                                                       \
	KERNEL __launch_bounds__(BLOCK) name(const T *x, const T *g, T *c, int positions, int each, int groups, int results, WINDOW) {      \
		const Window w = WINDOW_OF;                                                                                                      \
		convWeightsBlock<T, Tile<T, BM, BN, TM, TN, TERMS>, V>(x, g, c, positions, each, groups, results, w);                            \
	}

#define FORMS(type, T)                                                              \
	WEIGHTS(convweights_wide_4_##type, T, wideRows, wideTile, 8, 4, many<T>, 4)     \
	WEIGHTS(convweights_square_4_##type, T, wideTile, wideTile, 4, 4, many<T>, 4)   \
	WEIGHTS(convweights_square_1_##type, T, wideTile, wideTile, 4, 4, many<T>, 1)   \
	WEIGHTS(convweights_slim_4_##type, T, slimTerms, slimColumns, 2, 4, many<T>, 4) \
	WEIGHTS(convweights_slim_1_##type, T, slimTerms, slimColumns, 2, 4, many<T>, 1)

FLOATS(FORMS)
