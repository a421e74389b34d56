// A batch from the data set in the GPU's memory: bytes become numbers from 0 to 1, labels rows with a 1 in their column.
#pragma once
#include "common.cuh"

template <class T> __device__ T level(unsigned char pixel) { return T(pixel) / T(255); }

template <class T> __device__ T truth(unsigned char label, int column) { return label == column ? T(1) : T(0); }

// gatherBlock makes rows from, from+1, ... to-1 of a batch; row i is the image idx[i]. A thread has several reads on their way.
template <class T>
__device__ void gatherBlock(const unsigned char *images, const unsigned char *labels, const int *idx, T *x, T *t, unsigned pixels,
	unsigned classes, int from, int to) {
	constexpr int ahead = 8;
	const unsigned end = to * pixels;
	for (unsigned at = from * pixels + threadIdx.x; at < end; at += ahead * BLOCK) {
		unsigned char pixel[ahead];
#pragma unroll
		for (int u = 0; u < ahead; u++) {
			const unsigned i = at + u * BLOCK;
			if (i < end) pixel[u] = images[(long long)idx[i / pixels] * pixels + i % pixels];
		}
#pragma unroll
		for (int u = 0; u < ahead; u++)
			if (at + u * BLOCK < end) x[at + u * BLOCK] = level<T>(pixel[u]);
	}
	for (unsigned i = from * classes + threadIdx.x; i < to * classes; i += BLOCK) t[i] = truth<T>(labels[idx[i / classes]], i % classes);
}
