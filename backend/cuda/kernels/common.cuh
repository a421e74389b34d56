// What the kernels share. They are plain CUDA C++ without libraries, and they add in an order that the shapes fix: no float is
// ever added atomically, so that the same program gives the same bits.
#pragma once
#include "constants.cuh"

// KERNEL defines an entry point.
#define KERNEL extern "C" __global__ void

// FLOATS instantiates kernels for an element type. Each has a PTX file of its own, so that only what a program needs is
// loaded.
#if defined F32
#define FLOATS(make) make(f32, float)
#elif defined F64
#define FLOATS(make) make(f64, double)
#endif

// pool is the shared memory of a block. All functions use the same, one after the other, and end with a barrier. A file that
// uses it says how many numbers it needs.
#ifndef POOL
#define POOL 1
#endif
template <class T> __device__ T *pool() {
	alignas(64) __shared__ T memory[POOL];
	return memory;
}

// Pack is numbers that are read and written at once. Their address is a multiple of their size.
template <class T, int N> struct alignas(N * sizeof(T)) Pack {
	T v[N];
};

// global says that an address is in the GPU's memory, not in a block's, so that reads and writes of the two need not wait for
// each other.
template <class T> __device__ T *global(T *p) {
	__builtin_assume(__isGlobal(p));
	return p;
}

template <class T> __device__ T infinity() { return __int_as_float(0x7f800000); }

// larger is the larger of two numbers; NaN wins.
template <class T> __device__ T larger(T a, T b) { return a > b || a != a ? a : b; }

template <class T> __device__ T sigmoid(T x) { return T(1) / (T(1) + exp(-x)); }

// activate applies the element-wise op of a code to a product's result. Not inlined: a thread has up to 16 results.
template <class T> __device__ __noinline__ T activate(int act, T x) {
	switch (act) {
	case act_exp: return exp(x);
	case act_log: return log(x);
	case act_sqrt: return sqrt(x);
	case act_tanh: return tanh(x);
	case act_sigmoid: return sigmoid(x);
	}
	return x;
}
