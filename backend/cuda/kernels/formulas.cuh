// Written by go generate from Go: do not edit.
#pragma once

// FORMULAS makes the functions of a type.
#define FORMULAS(type, T) \
	extern "C" __device__ T pow_##type(T x, T y) { return pow(x, y); } \
	extern "C" __device__ T exp_##type(T x) { return exp(x); } \
	extern "C" __device__ T log_##type(T x) { return log(x); } \
	extern "C" __device__ T tanh_##type(T x) { return tanh(x); } \
	extern "C" __device__ T sigmoid_##type(T x) { return T(1) / (T(1) + exp(-x)); } \
	extern "C" __device__ T log1p_##type(T x) { return log1p(x); } \
	extern "C" __device__ T expm1_##type(T x) { return expm1(x); } \
	extern "C" __device__ T log2_##type(T x) { return log2(x); } \
	extern "C" __device__ T ceil_##type(T x) { return ceil(x); } \
	extern "C" __device__ T floor_##type(T x) { return floor(x); }
