// Convolutions on tensor cores, of channels that come in fours.
#define POOL 6656
#include "conv.cuh"
#include "tensor.cuh"

#define CONV(name, BM, BN, TERMS, BACK)                                                                                                           \
	KERNEL __launch_bounds__(BLOCK) name(const float *x, const float *b, float *c, const float *p, int images, int tiles, int groups, int results, int each, \
										 int mode, int act, WINDOW) {                                                                        \
		const Window w = WINDOW_OF;                                                                                                          \
		convBlock<float, TensorTile<BM, BN, TERMS>, 4, 4, BACK>(x, b, c, p, images, tiles, groups, results, each, mode, act, w);                           \
	}
#define WEIGHTS(name, BM, BN, TERMS)                                                                                                             \
	KERNEL __launch_bounds__(BLOCK) name(const float *x, const float *g, float *c, int positions, int each, int groups, int results, WINDOW) { \
		const Window w = WINDOW_OF;                                                                                                          \
		convWeightsBlock<float, TensorTile<BM, BN, TERMS>, 4>(x, g, c, positions, each, groups, results, w);                                        \
	}
#define FORMS(form, BACK)                                         \
	CONV(tensor_broad_##form##44_f32, wideRows, wideRows, few<float>, BACK)     \
	CONV(tensor_wide_##form##44_f32, wideRows, wideTile, many<float>, BACK)      \
	CONV(tensor_square_##form##44_f32, wideTile, wideTile, many<float>, BACK)    \
	CONV(tensor_slim_##form##44_f32, slimRows, slimColumns, many<float>, BACK)

FORMS(n, false)
FORMS(t, true)
WEIGHTS(tensorweights_wide_4_f32, wideRows, wideTile, many<float>)
WEIGHTS(tensorweights_square_4_f32, wideTile, wideTile, many<float>)
WEIGHTS(tensorweights_slim_4_f32, slimTerms, slimColumns, many<float>)
