// Poolings and patches: a thread a number of the result.
#include "window.cuh"

#define EACH                                                  \
	const unsigned i = blockIdx.x * BLOCK + threadIdx.x;      \
	if (i >= (unsigned)count) return;                         \
	const Window w = WINDOW_OF;

// gate is 1 where a pooling's rectifier lets a number through, else 0.
template <class T> __device__ T gate(int act, T x) { return act == gate_none || (act == gate_less ? x > 0 : x >= 0) ? T(1) : T(0); }

// poolMax gives the largest number of each window, and which it is: the first of equals, or of NaNs. A rectifier comes before it; where
// that is 0 the number of the tap is one of a second window. Of a window without an image the largest is what the two words are.
template <class T> __device__ void poolMax(const T *x, T *values, T *indices, int act, int high, int low, const Window &w, unsigned i) {
	T best = T(__hiloint2double(high, low));
	int tap = -1, at = 0;
	eachTap(w, Place(i, w.result, w.channels), [&](int k, int j) {
		const T v = x[j] * gate(act, x[j]);
		if (tap < 0 || v > best || v != v && best == best) best = v, tap = k, at = j;
	});
	if (values) values[i] = best;
	if (indices) indices[i] = tap >= 0 && act != gate_none && gate(act, x[at]) == 0 ? tap + w.taps() : tap;
}

#define IMAGES(type, T)                                                                                                               \
	KERNEL __launch_bounds__(BLOCK) patches_##type(const T *x, T *out, int count, WINDOW) {                                            \
		EACH const int each = w.taps() * w.channels;                                                                                  \
		out[i] = patch(x, w, i / each, i % each);                                                                                     \
	}                                                                                                                                 \
	KERNEL __launch_bounds__(BLOCK) unpatch_##type(const T *x, T *out, int count, WINDOW) {                                            \
		EACH T sum = 0;                                                                                                               \
		const Place at(i, w.image, w.channels);                                                                                       \
		eachResult(w, at, [&](int tap, int o) { sum += x[((o - at.channel) * w.taps()) + tap * w.channels + at.channel]; });          \
		out[i] = sum;                                                                                                                 \
	}                                                                                                                                 \
	KERNEL __launch_bounds__(BLOCK) sumpool_##type(const T *x, T *out, int count, WINDOW) {                                            \
		EACH T sum = 0;                                                                                                               \
		eachTap(w, Place(i, w.result, w.channels), [&](int, int j) { sum += x[j]; });                                                 \
		out[i] = sum;                                                                                                                 \
	}                                                                                                                                 \
	KERNEL __launch_bounds__(BLOCK) maxpool_##type(const T *x, T *values, T *indices, int count, int act, int high, int low, WINDOW) { \
		EACH poolMax(x, values, indices, act, high, low, w, i);                                                                       \
	}                                                                                                                                 \
	KERNEL __launch_bounds__(BLOCK) maxunpool_##type(const T *indices, const T *x, T *out, int count, WINDOW) {                        \
		EACH T sum = 0;                                                                                                               \
		eachResult(w, Place(i, w.image, w.channels), [&](int tap, int o) {                                                            \
			const T index = indices[o];                                                                                               \
			if (index == tap) sum += x[o];                                                                                            \
			if (index == tap + w.taps()) sum += T(0) * x[o];                                                                          \
		});                                                                                                                           \
		out[i] = sum;                                                                                                                 \
	}

FLOATS(IMAGES)
