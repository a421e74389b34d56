// CUDA C++ for the host's compiler: what ../kernels uses of it.
#pragma once
#include <cmath>

struct Dim {
	unsigned x, y, z;
};
extern Dim threadIdx, blockIdx, blockDim, gridDim; // of the thread that runs

void __syncthreads();
inline void __threadfence() {}
inline void atomicAdd(unsigned *p, unsigned v) { *p += v; }

void wait(); // until other blocks have had their turn
#define WAIT() wait()

#define __global__
#define __device__
#define __shared__ static // one block runs at a time, from barrier to barrier of all
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(n)

using std::exp;
using std::fma;
using std::log;
using std::pow;
using std::sqrt;
using std::tanh;
