// Convolutions in groups of channels: a thread a number of the result.
#include "epilogue.cuh"
#include "window.cuh"

// groupSum is a number of a convolution's result: of weights with the axes tap, channel of the group, new channel; or back, of weights with
// the axes tap, new channel of the group, channel, the taps in reverse.
template <bool back, class T> __device__ T groupSum(const T *x, const T *weights, int groups, int results, const Window &w, unsigned i) {
	Place at(i, w.result, results);
	const int from = w.channels / groups, to = results / groups, o = at.channel, group = o / to;
	at.channel = group * from;
	T sum = 0;
	eachTap(w, at, [&](int tap, int j) {
		for (int c = 0; c < from; c++) {
			const int by = back ? ((w.taps() - 1 - tap) * to + o % to) * w.channels + at.channel + c : (tap * from + c) * results + o;
			sum += x[j + c] * weights[by];
		}
	});
	return sum;
}

// groupWeight is what positions first to end give to a number of the gradient by weights.
template <class T> __device__ T groupWeight(const T *x, const T *g, int groups, int results, int first, int end, const Window &w, int i) {
	const int from = w.channels / groups, to = results / groups, o = i % results, c = i / results % from, tap = i / results / from;
	T sum = 0;
	for (int p = first; p < end; p++) {
		const Place at(p, w.result, 1);
		const int row = w.meets(0, at.row, tap / w.size[1]), column = w.meets(1, at.column, tap % w.size[1]);
		if (row >= 0 && column >= 0) sum += x[number(at.image, row, column, o / to * from + c, w.image, w.channels)] * g[(long long)p * results + o];
	}
	return sum;
}

#define GROUPCONV(type, T, form, back)                                                                                                                 \
	KERNEL __launch_bounds__(BLOCK) groupconv_##form##_##type(const T *x, const T *weights, T *out, const T *more, int count, int mode, int act,        \
															  int groups, int results, WINDOW) {                                                       \
		const unsigned i = blockIdx.x * BLOCK + threadIdx.x;                                                                                           \
		if (i >= (unsigned)count) return;                                                                                                              \
		const Window w = WINDOW_OF;                                                                                                                    \
		T v = groupSum<back>(x, weights, groups, results, w, i);                                                                                       \
		if (mode == bias) v += more[i % results];                                                                                                      \
		out[i] = activate(act, v);                                                                                                                     \
	}

// The gradient by weights has a row of them for each piece of so many positions.
#define GROUPS(type, T)                                                                                                                                \
	GROUPCONV(type, T, n, false)                                                                                                                       \
	GROUPCONV(type, T, t, true)                                                                                                                        \
	KERNEL __launch_bounds__(BLOCK) groupconvweights_##type(const T *x, const T *g, T *out, int count, int weights, int positions, int each,           \
															int groups, int results, WINDOW) {                                                         \
		const unsigned i = blockIdx.x * BLOCK + threadIdx.x;                                                                                           \
		if (i >= (unsigned)count) return;                                                                                                              \
		const Window w = WINDOW_OF;                                                                                                                    \
		const int first = int(i / weights) * each;                                                                                                     \
		out[i] = groupWeight(x, g, groups, results, first, min(first + each, positions), w, i % weights);                                              \
	}

FLOATS(GROUPS)
