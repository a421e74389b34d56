// Rows of a table of bytes as numbers.
#pragma once
#include "common.cuh"

// Scaled: a byte is a number from 0 to 1.
struct Scaled {
	static __device__ unsigned columns(unsigned) { return 1; }
	template <class T> static __device__ T number(unsigned char byte, unsigned) { return T(byte) / T(255); }
};

// OneHot: a byte is a row with a 1 in its column.
struct OneHot {
	static __device__ unsigned columns(unsigned n) { return n; }
	template <class T> static __device__ T number(unsigned char byte, unsigned column) { return byte == column ? T(1) : T(0); }
};

// feedBlock makes the rows from, from+1, ... to-1 of out, each of width bytes of the table; row i is idx[i] there. A thread has several
// reads on their way.
template <class T, class E>
__device__ void feedBlock(const unsigned char *table, const int *idx, T *out, unsigned width, unsigned columns, int from, int to) {
	constexpr int ahead = 8;
	columns = E::columns(columns);
	const unsigned each = width * columns, end = to * each;
	for (unsigned at = from * each + threadIdx.x; at < end; at += ahead * BLOCK) {
		unsigned char byte[ahead];
#pragma unroll
		for (int u = 0; u < ahead; u++) {
			const unsigned i = at + u * BLOCK;
			if (i < end) byte[u] = table[(long long)idx[i / each] * width + i % each / columns];
		}
#pragma unroll
		for (int u = 0; u < ahead; u++) {
			const unsigned i = at + u * BLOCK;
			if (i < end) out[i] = E::template number<T>(byte[u], i % columns);
		}
	}
}
