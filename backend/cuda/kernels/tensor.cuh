// Tiles on tensor cores.
#pragma once
#include "tile.cuh"

// TensorTile is BM x BN sums of products whose factors are rounded to TF32, 10 bits of mantissa; the sums are float32. A warp has a quarter
// of the rows and half of the columns, in pieces of 16 x 8 as the instruction has them: a thread has two rows of a piece, eight apart, and
// two neighbouring columns (PTX ISA, "mma.m16n8k8").
template <int BM, int BN, int TERMS> struct TensorTile {
	static constexpr int terms = TERMS, TM = BM / 4 / 8, TN = BN / 2 / 8 * 2, neighbours = 2;
	static constexpr int rows = BM, columns = BN, widthA = BM + 8, widthB = BN + 8, sizeA = terms * widthA, size = sizeA + terms * widthB;
	static_assert(BLOCK == 8 * WARP && BM % 64 == 0 && BN % 16 == 0 && 2 * size <= POOL && terms % 8 == 0, "the tile does not fit");
	float sum[TM][TN];
	int row, column;      // of the thread's first number
	int term, bringsFor;  // which of four terms, and for which column, the thread brings of the right factor; of the left one for its row

	__device__ TensorTile() {
		const int warp = threadIdx.x / WARP, lane = threadIdx.x % WARP;
		row = warp / 2 * (BM / 4) + lane / 4, column = warp % 2 * (BN / 2) + lane % 4 * 2, term = lane % 4;
		bringsFor = warp % 2 * (BN / 2) + lane / 4;
		for (int i = 0; i < TM; i++)
			for (int j = 0; j < TN; j++) sum[i][j] = 0;
	}
	__device__ int down(int i) const { return row + i * 8; }
	__device__ int right(int j) const { return column + j / 2 * 8 + j % 2; }

	static __device__ float rounded(float x) {
		unsigned bits;
		asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
		return __uint_as_float(bits);
	}

	__device__ void add(const float *as, const float *bs) {
#pragma unroll
		for (int l = 0; l < terms; l += 8) eight(as + l * widthA, bs + l * widthB);
	}

	// eight adds so many terms.
	__device__ void eight(const float *as, const float *bs) {
		const float *a = as + term * widthA + row, *b = bs + term * widthB + bringsFor;
		unsigned y[TN / 2][2];
#pragma unroll
		for (int j = 0; j < TN / 2; j++)
#pragma unroll
			for (int l = 0; l < 2; l++) y[j][l] = __float_as_uint(b[l * 4 * widthB + j * 8]);
#pragma unroll
		for (int i = 0; i < TM; i += 2) {
			unsigned x[4];
#pragma unroll
			for (int l = 0; l < 4; l++) x[l] = __float_as_uint(a[l / 2 * 4 * widthA + (i + l % 2) * 8]);
#pragma unroll
			for (int j = 0; j < TN / 2; j++)
				asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
					: "+f"(sum[i][2 * j]), "+f"(sum[i][2 * j + 1]), "+f"(sum[i + 1][2 * j]), "+f"(sum[i + 1][2 * j + 1])
					: "r"(x[0]), "r"(x[1]), "r"(x[2]), "r"(x[3]), "r"(y[j][0]), "r"(y[j][1]));
		}
	}
};
