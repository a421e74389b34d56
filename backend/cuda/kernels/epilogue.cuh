// What comes after a product: C + bias row, P + s·C, an activation.
#pragma once
#include "common.cuh"

// Product is C = op(A)·op(B) of m x n numbers, each a sum of k terms, and its epilogue.
template <class T> struct Product {
	T *c;
	const T *p, *s; // the bias row or what is added to, and its factor; of the modes that need them
	int m, n, k, mode, act;

	// Rest is what an element needs beside the sum of its terms. It is read ahead, to be there when the sum is.
	struct Rest {
		T more, factor;
	};
	__device__ Rest rest(int row, int column) const {
		Rest x = {0, 0};
		if (mode == bias) x.more = p[column];
		if (mode == accumulate) x = {p[(long long)row * n + column], s[0]};
		return x;
	}

	// put takes the sum of the terms of one element.
	__device__ void put(int row, int column, T v, Rest x) const {
		if (mode == bias) v += x.more;
		if (mode == accumulate) v = x.more + x.factor * v;
		c[(long long)row * n + column] = activate(act, v);
	}
};
