// Numbers that are brought to another place, or drawn: a thread a number, or four.
#include "common.cuh"

// draw is the four numbers of a block of Philox4x32-10 (Salmon, Moraes, Dror and Shaw, SC 2011): multiples of 2⁻²⁴ below 1. The state is
// the seed in two numbers of 24 bits and the run in two.
template <class T> __device__ void draw(const T *state, int stream, unsigned block, T (&out)[4]) {
	const unsigned long long seed = (unsigned long long)state[0] | (unsigned long long)state[1] << 24;
	const unsigned long long run = (unsigned long long)state[2] | (unsigned long long)state[3] << 24;
	unsigned c[4] = {block, 0, (unsigned)run, (unsigned)(run >> 32)};
	unsigned key0 = (unsigned)seed, key1 = (unsigned)(seed >> 32) | (unsigned)stream << 16;
	for (int round = 0; round < 10; round++) {
		const unsigned long long p = 0xD2511F53ull * c[0], q = 0xCD9E8D57ull * c[2];
		const unsigned first = (unsigned)(q >> 32) ^ c[1] ^ key0, third = (unsigned)(p >> 32) ^ c[3] ^ key1;
		c[0] = first, c[1] = (unsigned)q, c[2] = third, c[3] = (unsigned)p;
		key0 += 0x9E3779B9u, key1 += 0xBB67AE85u;
	}
	for (int j = 0; j < 4; j++) out[j] = T(c[j] >> 8) / T(1 << 24);
}

#define MOVES(type, T)                                                                                                                     \
	KERNEL __launch_bounds__(BLOCK) place_##type(const T *x, T *out, int count, int inner, int outer, int from) {                           \
		const unsigned i = blockIdx.x * BLOCK + threadIdx.x;                                                                               \
		if (i < (unsigned)count) out[i / inner * outer + from + i % inner] = x[i];                                                                   \
	}                                                                                                                                      \
	KERNEL __launch_bounds__(BLOCK) uniform_##type(const T *state, T *out, int count, int stream) {                                         \
		const unsigned block = blockIdx.x * BLOCK + threadIdx.x;                                                                                \
		T v[4];                                                                                                                            \
		draw(state, stream, block, v);                                                                                                     \
		for (int j = 0; j < 4; j++)                                                                                                        \
			if (4 * block + j < (unsigned)count) out[4 * block + j] = v[j];                                                                          \
	}

FLOATS(MOVES)
