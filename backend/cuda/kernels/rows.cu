// Ops on rows of classes as launches of their own: each block takes as many rows as it has threads for.
#define POOL BLOCK
#include "rows.cuh"

#define RANGE const int each = BLOCK / lanes, from = blockIdx.x * each, to = from + each < rows ? from + each : rows;

#define ROWS(type, T)                                                                                                                      \
	KERNEL __launch_bounds__(BLOCK) softmax_##type(const T *x, T *out, int rows, int classes, int lanes, int log_) {                        \
		RANGE softmaxBlock(x, out, from, to, classes, lanes, log_);                                                                         \
	}                                                                                                                                       \
	KERNEL __launch_bounds__(BLOCK) loglikelihood_##type(const T *x, const T *t, T *out, int rows, int classes, int lanes) {                         \
		RANGE logLikelihoodBlock(x, t, out, from, to, classes, lanes);                                                                               \
	}                                                                                                                                       \
	KERNEL __launch_bounds__(BLOCK) loglikelihoodgrad_##type(const T *x, const T *t, const T *s, T *out, int rows, int classes, int lanes) {         \
		RANGE loglikelihoodgradBlock(x, t, s, out, from, to, classes, lanes);                                                                        \
	}

FLOATS(ROWS)
