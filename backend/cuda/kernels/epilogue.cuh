// What comes after a product: C + bias row, P + s·C, an activation.
#pragma once
#include "common.cuh"

enum { plain, bias, accumulate }; // as in emit/matmul.go

// Product is C = op(A)·op(B) of m x n numbers, each a sum of k terms, and its epilogue.
template <class T> struct Product {
	T *c;
	const T *p, *s; // the bias row or what is added to, and its factor; of the modes that need them
	int m, n, k, mode, act;

	// put takes the sum of the terms of one element.
	__device__ void put(int row, int column, T v) const {
		const long long at = (long long)row * n + column;
		if (mode == bias) v += p[column];
		if (mode == accumulate) v = p[at] + s[0] * v;
		c[at] = activate(act, v);
	}
};
