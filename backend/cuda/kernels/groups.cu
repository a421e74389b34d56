// Convolutions in groups of few channels: a thread a number of the result, or, where each channel is a group, V of them.
#define POOL 1024
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

// depthwise is a convolution of each channel by itself, or back. Weights have the axes tap, channel; back, the taps in reverse.
template <class T, int V, bool back> __device__ void depthwise(const T *x, const T *weights, T *out, const T *more, int count, int mode, int act, const Window &w) {
	const unsigned i = blockIdx.x * BLOCK + threadIdx.x;
	if (i >= (unsigned)count) return;
	Place at(i, w.result, w.channels / V);
	at.channel *= V;
	Pack<T, V> sum = {};
	if (mode == bias) sum = *reinterpret_cast<const Pack<T, V> *>(more + at.channel);
	eachTap(w, at, [&](int tap, int j) {
		const auto a = *reinterpret_cast<const Pack<T, V> *>(x + j);
		const auto b = *reinterpret_cast<const Pack<T, V> *>(weights + (back ? w.taps() - 1 - tap : tap) * w.channels + at.channel);
#pragma unroll
		for (int q = 0; q < V; q++) sum.v[q] = fma(a.v[q], b.v[q], sum.v[q]);
	});
	if (act != 0) {
#pragma unroll
		for (int q = 0; q < V; q++) sum.v[q] = activate(act, sum.v[q]);
	}
	reinterpret_cast<Pack<T, V> *>(out)[i] = sum;
}

// depthwiseWeights is what `each` positions from part·each give to the gradients of channels, eight threads beside one another with V of
// each, by weights of some taps. The positions are shared out to 32 such rows of threads, whose sums are added up in their order.
template <class T, int V> __device__ void depthwiseWeights(const T *x, const T *g, T *out, int positions, int each, const Window &w) {
	constexpr int lanes = depthwiseLanes, lines = BLOCK / lanes, most = depthwiseTaps;
	static_assert(BLOCK * V <= POOL, "the sums do not fit");
	const int across = (w.channels + lanes * V - 1) / (lanes * V), some = (w.taps() + most - 1) / most;
	const int block = blockIdx.x / across, part = block / some, tap = block % some * most, line = threadIdx.x / lanes;
	const int c = (blockIdx.x % across * lanes + threadIdx.x % lanes) * V, end = part * each + each < positions ? part * each + each : positions;
	int down[most], right[most];
#pragma unroll
	for (int q = 0; q < most; q++) {
		down[q] = (tap + q) / w.size[1] * w.dilation[0] - w.before[0], right[q] = (tap + q) % w.size[1] * w.dilation[1] - w.before[1];
	}
	Pack<T, V> sum[most] = {};
	int p = part * each + line;
	Place at(p, w.result, 1);
	for (; c < w.channels && p < end; p += lines) {
		const auto b = *reinterpret_cast<const Pack<T, V> *>(g + p * w.channels + c);
#pragma unroll
		for (int q = 0; q < most; q++) {
			const int row = w.inside(0, at.row * w.step[0] + down[q]), column = w.inside(1, at.column * w.step[1] + right[q]);
			if (row < 0 || column < 0 || tap + q >= w.taps()) continue;
			const auto a = *reinterpret_cast<const Pack<T, V> *>(x + number(at.image, row, column, c, w.image, w.channels));
#pragma unroll
			for (int v = 0; v < V; v++) sum[q].v[v] = fma(a.v[v], b.v[v], sum[q].v[v]);
		}
		at.column += lines;
		while (at.column >= w.result[1]) {
			at.column -= w.result[1];
			if (++at.row == w.result[0]) at.row = 0, at.image++;
		}
	}
	auto sums = reinterpret_cast<Pack<T, V> *>(pool<T>());
#pragma unroll
	for (int q = 0; q < most; q++) {
		sums[threadIdx.x] = sum[q];
		__syncthreads();
		if (line == 0 && c < w.channels && tap + q < w.taps()) {
			Pack<T, V> all = sum[q];
			for (int l = 1; l < lines; l++)
				for (int v = 0; v < V; v++) all.v[v] += sums[l * lanes + threadIdx.x].v[v];
			*reinterpret_cast<Pack<T, V> *>(out + ((long long)part * w.taps() + tap + q) * w.channels + c) = all;
		}
		__syncthreads();
	}
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

#define DEPTHWISE(type, T, V)                                                                                                                          \
	KERNEL __launch_bounds__(BLOCK) depthwise_n##V##_##type(const T *x, const T *b, T *c, const T *p, int count, int mode, int act, WINDOW) {          \
		depthwise<T, V, false>(x, b, c, p, count, mode, act, WINDOW_OF);                                                                               \
	}                                                                                                                                                  \
	KERNEL __launch_bounds__(BLOCK) depthwise_t##V##_##type(const T *x, const T *b, T *c, const T *p, int count, int mode, int act, WINDOW) {          \
		depthwise<T, V, true>(x, b, c, p, count, mode, act, WINDOW_OF);                                                                                \
	}                                                                                                                                                  \
	KERNEL __launch_bounds__(BLOCK) depthwiseweights_##V##_##type(const T *x, const T *g, T *out, int positions, int each, WINDOW) {                   \
		depthwiseWeights<T, V>(x, g, out, positions, each, WINDOW_OF);                                                                                 \
	}

#define ALL(type, T)       \
	GROUPS(type, T)        \
	DEPTHWISE(type, T, 1)  \
	DEPTHWISE(type, T, 4)

FLOATS(ALL)
