// Batches and what is kept of each, as launches of their own.
#include "gather.cuh"

// A thread an element of x, and one of t, which may be null. Row i is the image idx[done + i]; where idx is null, the image
// done + i.
template <class T>
__device__ void gather(const unsigned char *images, const unsigned char *labels, const int *idx, const int *done, T *x, T *t, unsigned rows,
	unsigned pixels, unsigned classes) {
	const unsigned at = blockIdx.x * BLOCK + threadIdx.x;
	if (at < rows * pixels) {
		const int row = *done + at / pixels;
		const long long image = idx ? idx[row] : row;
		x[at] = level<T>(images[image * pixels + at % pixels]);
	}
	if (t && at < rows * classes) {
		const int row = *done + at / classes, image = idx ? idx[row] : row;
		t[at] = truth<T>(labels[image], at % classes);
	}
}

// record keeps the loss of a step and counts its images. One thread.
template <class T> __device__ void record(const T *loss, T *losses, int *done, int rows) {
	losses[*done / rows] = *loss;
	*done += rows;
}

// right adds the rows of y whose largest number, the first of equals, is in the column of the image's label, and counts the
// images. One block.
template <class T> __device__ void right(const T *y, const unsigned char *labels, int *count, int *done, int rows, int classes) {
	__shared__ int part[BLOCK];
	const int thread = threadIdx.x;
	int n = 0;
	for (int row = thread; row < rows; row += BLOCK) {
		const T *score = y + (long long)row * classes;
		int best = 0;
		for (int j = 1; j < classes; j++)
			if (score[j] > score[best]) best = j;
		n += best == labels[*done + row];
	}
	part[thread] = n;
	for (int half = BLOCK / 2; half > 0; half /= 2) {
		__syncthreads();
		if (thread < half) part[thread] += part[thread + half];
	}
	if (thread == 0) {
		*count += part[0];
		*done += rows;
	}
}

#define GATHER(type, T)                                                                                                                   \
	KERNEL __launch_bounds__(BLOCK) gather_##type(const unsigned char *images, const unsigned char *labels, const int *idx,                \
		const int *done, T *x, T *t, int rows, int pixels, int classes) {                                                                   \
		gather(images, labels, idx, done, x, t, rows, pixels, classes);                                                                    \
	}                                                                                                                                      \
	KERNEL record_##type(const T *loss, T *losses, int *done, int rows) { record(loss, losses, done, rows); }                              \
	KERNEL __launch_bounds__(BLOCK) right_##type(const T *y, const unsigned char *labels, int *count, int *done, int rows, int classes) {  \
		right(y, labels, count, done, rows, classes);                                                                                      \
	}

FLOATS(GATHER)
