// A batch from the data set in the GPU's memory: bytes become numbers from 0 to 1, labels rows with a 1 in their column.
#include "common.cuh"

// A thread an element of x, and one of t, which may be null. Row i is the image idx[i]; where idx is null, the image from + i.
// Where there is a counter, idx is that of many batches, and the counter says which one.
template <class T>
__device__ void gather(const unsigned char *images, const unsigned char *labels, const int *idx, const int *counter, T *x, T *t, int from, int rows,
	int pixels, int classes) {
	const long long at = (long long)blockIdx.x * BLOCK + threadIdx.x;
	if (counter) idx += (long long)*counter * rows;
	if (at < (long long)rows * pixels) {
		const int row = at / pixels, image = idx ? idx[row] : from + row;
		x[at] = T(images[(long long)image * pixels + at % pixels]) / T(255);
	}
	if (t && at < (long long)rows * classes) {
		const int row = at / classes, image = idx ? idx[row] : from + row;
		t[at] = labels[image] == at % classes ? T(1) : T(0);
	}
}

// record keeps the loss of a step and counts the step. One thread.
template <class T> __device__ void record(const T *loss, T *losses, int *counter) {
	losses[*counter] = *loss;
	*counter += 1;
}

#define GATHER(type, T)                                                                                                                   \
	KERNEL __launch_bounds__(BLOCK) gather_##type(const unsigned char *images, const unsigned char *labels, const int *idx,                \
		const int *counter, T *x, T *t, int from, int rows, int pixels, int classes) {                                                      \
		gather(images, labels, idx, counter, x, t, from, rows, pixels, classes);                                                           \
	}                                                                                                                                      \
	KERNEL record_##type(const T *loss, T *losses, int *counter) { record(loss, losses, counter); }                                        \
	EXPORT(gather_##type) EXPORT(record_##type)

FLOATS(GATHER)
