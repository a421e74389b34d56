// Poolings and patches: a thread a number of the result, or V of neighbouring channels.
#include "window.cuh"

// EACH is the thread's number, of `count`, and where that lies in images of so many rows and columns.
#define EACH(plane, V)                                      \
	const unsigned i = blockIdx.x * BLOCK + threadIdx.x;    \
	if (i >= (unsigned)count) return;                       \
	const Window w = WINDOW_OF;                             \
	Place at(i, w.plane, w.channels / V);                   \
	at.channel *= V;

template <class T, int V> __device__ Pack<T, V> &pack(T *p, long long i) { return *reinterpret_cast<Pack<T, V> *>(p + i); }
template <class T, int V> __device__ const Pack<T, V> &pack(const T *p, long long i) { return *reinterpret_cast<const Pack<T, V> *>(p + i); }

// gate is 1 where a pooling's rectifier lets a number through, else 0.
template <class T> __device__ T gate(int act, T x) { return act == gate_none || (act == gate_less ? x > 0 : x >= 0) ? T(1) : T(0); }

// poolMax gives the largest number of each window, and which it is: the first of equals, or of NaNs. A rectifier comes before it; where
// that is 0 the number of the tap is one of a second window. Of a window without an image the largest is what the two words are.
template <class T, int V> __device__ void poolMax(const T *x, T *values, T *indices, int act, int high, int low, const Window &w, const Place &at, unsigned i) {
	Pack<T, V> best, taps;
	int second[V]; // what the second window's taps begin at, where the best is one of these, else 0
#pragma unroll
	for (int q = 0; q < V; q++) best.v[q] = T(__hiloint2double(high, low)), taps.v[q] = T(-1), second[q] = 0;
	eachTap(w, at, [&](int k, int j) {
		const auto from = pack<T, V>(x, j);
#pragma unroll
		for (int q = 0; q < V; q++) {
			const T g = gate(act, from.v[q]), v = from.v[q] * g;
			if (taps.v[q] < 0 || v > best.v[q] || v != v && best.v[q] == best.v[q]) best.v[q] = v, taps.v[q] = T(k), second[q] = g != 0 ? 0 : w.taps();
		}
	});
	if (values) pack<T, V>(values, (long long)i * V) = best;
	if (!indices) return;
#pragma unroll
	for (int q = 0; q < V; q++) taps.v[q] += T(second[q]);
	pack<T, V>(indices, (long long)i * V) = taps;
}

#define IMAGES(type, T)                                                                                                             \
	KERNEL __launch_bounds__(BLOCK) patches_##type(const T *x, T *out, int count, WINDOW) {                                          \
		const unsigned i = blockIdx.x * BLOCK + threadIdx.x;                                                                        \
		if (i >= (unsigned)count) return;                                                                                           \
		const Window w = WINDOW_OF;                                                                                                 \
		const int each = w.taps() * w.channels;                                                                                     \
		out[i] = patch(x, w, i / each, i % each);                                                                                   \
	}                                                                                                                               \
	KERNEL __launch_bounds__(BLOCK) unpatch_##type(const T *x, T *out, int count, WINDOW) {                                          \
		EACH(image, 1)                                                                                                              \
		T sum = 0;                                                                                                                  \
		eachResult(w, at, [&](int tap, int o) { sum += x[((o - at.channel) * w.taps()) + tap * w.channels + at.channel]; });        \
		out[i] = sum;                                                                                                               \
	}                                                                                                                               \
	POOLS(type, T, 1)                                                                                                               \
	POOLS(type, T, 4)

#define POOLS(type, T, V)                                                                                                                   \
	KERNEL __launch_bounds__(BLOCK) sumpool##V##_##type(const T *x, T *out, int count, WINDOW) {                                             \
		EACH(result, V)                                                                                                                     \
		Pack<T, V> sum = {};                                                                                                                \
		eachTap(w, at, [&](int, int j) {                                                                                                    \
			const auto from = pack<T, V>(x, j);                                                                                             \
			for (int q = 0; q < V; q++) sum.v[q] += from.v[q];                                                                              \
		});                                                                                                                                 \
		pack<T, V>(out, (long long)i * V) = sum;                                                                                            \
	}                                                                                                                                       \
	KERNEL __launch_bounds__(BLOCK) maxpool##V##_##type(const T *x, T *values, T *indices, int count, int act, int high, int low, WINDOW) { \
		EACH(result, V)                                                                                                                     \
		poolMax<T, V>(x, values, indices, act, high, low, w, at, i);                                                                        \
	}                                                                                                                                       \
	KERNEL __launch_bounds__(BLOCK) maxunpool##V##_##type(const T *indices, const T *x, T *out, int count, WINDOW) {                         \
		EACH(image, V)                                                                                                                      \
		Pack<T, V> sum = {};                                                                                                                \
		eachResult(w, at, [&](int tap, int o) {                                                                                             \
			const auto index = pack<T, V>(indices, o), from = pack<T, V>(x, o);                                                             \
			for (int q = 0; q < V; q++) {                                                                                                   \
				if (index.v[q] == tap) sum.v[q] += from.v[q];                                                                               \
				if (index.v[q] == tap + w.taps()) sum.v[q] += T(0) * from.v[q];                                                             \
			}                                                                                                                               \
		});                                                                                                                                 \
		pack<T, V>(out, (long long)i * V) = sum;                                                                                            \
	}

FLOATS(IMAGES)
