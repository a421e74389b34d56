// A batch from the data set in the GPU's memory: bytes become numbers from 0 to 1, labels rows with a 1 in their column.
#pragma once
#include "common.cuh"

template <class T> __device__ T level(unsigned char pixel) { return T(pixel) / T(255); }

template <class T> __device__ T truth(unsigned char label, int column) { return label == column ? T(1) : T(0); }

// gatherBlock makes rows from, from+1, ... to-1 of a batch; row i is the image idx[i].
template <class T>
__device__ void gatherBlock(const unsigned char *images, const unsigned char *labels, const int *idx, T *x, T *t, int pixels, int classes,
	int from, int to) {
	for (int row = from; row < to; row++) {
		const long long image = idx[row];
		for (int i = threadIdx.x; i < pixels; i += BLOCK) x[row * pixels + i] = level<T>(images[image * pixels + i]);
		for (int i = threadIdx.x; i < classes; i += BLOCK) t[row * classes + i] = truth<T>(labels[image], i);
	}
}
