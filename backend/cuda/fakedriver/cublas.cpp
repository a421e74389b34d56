// The functions of cuBLAS that the engine calls, over the fake driver's memory.
#include "fake.h"
#include <cstdint>
#include <cstring>
#include <cublas_v2.h>

struct cublasContext {
	cudaStream_t stream = nullptr;
	cublasMath_t math = CUBLAS_DEFAULT_MATH;
	bool onDevice = false;
	size_t workspace = 0;
};

namespace {

// rounded is a number as tensor cores read it: with 10 bits of mantissa, where that is asked for.
float rounded(float x, bool tf32) {
	if (!tf32) return x;
	uint32_t bits;
	memcpy(&bits, &x, 4);
	bits = (bits + 0x1000) & 0xffffe000;
	memcpy(&x, &bits, 4);
	return x;
}
double rounded(double x, bool) { return x; }

// multiply does what the manual says of gemm: matrices lie column by column.
template <class T>
cublasStatus_t multiply(cublasHandle_t h, cublasOperation_t ta, cublasOperation_t tb, int m, int n, int k, const T *alpha, const T *a, int lda,
	const T *b, int ldb, const T *beta, T *c, int ldc) {
	if (!h->onDevice || !h->stream || !h->workspace) return CUBLAS_STATUS_NOT_SUPPORTED; // the engine's capture needs all three
	if (lda < (ta ? k : m) || ldb < (tb ? n : k) || ldc < m) return CUBLAS_STATUS_INVALID_VALUE;
	const bool tf32 = h->math == CUBLAS_TF32_TENSOR_OP_MATH;
	return fakeSubmit(h->stream, [=] {
		for (int j = 0; j < n; j++)
			for (int i = 0; i < m; i++) {
				T sum = 0;
				for (int l = 0; l < k; l++)
					sum += rounded(ta ? a[(size_t)i * lda + l] : a[(size_t)l * lda + i], tf32) *
						rounded(tb ? b[(size_t)l * ldb + j] : b[(size_t)j * ldb + l], tf32);
				T &to = c[(size_t)j * ldc + i];
				to = *alpha * sum + (*beta == 0 ? T(0) : *beta * to); // with 0, what was there does not matter
			}
	}) ? CUBLAS_STATUS_EXECUTION_FAILED : CUBLAS_STATUS_SUCCESS;
}

} // namespace

extern "C" {

cublasStatus_t cublasCreate_v2(cublasHandle_t *h) {
	if (const char *answer = getenv("FAKE_CUBLAS")) return (cublasStatus_t)atoi(answer);
	fakeCount(1);
	*h = new cublasContext;
	return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasDestroy_v2(cublasHandle_t h) { fakeCount(-1); delete h; return CUBLAS_STATUS_SUCCESS; }
cublasStatus_t cublasSetStream_v2(cublasHandle_t h, cudaStream_t s) { h->stream = s; h->workspace = 0; return CUBLAS_STATUS_SUCCESS; }
cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t h, void *, size_t n) { h->workspace = n; return CUBLAS_STATUS_SUCCESS; }
cublasStatus_t cublasSetPointerMode_v2(cublasHandle_t h, cublasPointerMode_t m) { h->onDevice = m == CUBLAS_POINTER_MODE_DEVICE; return CUBLAS_STATUS_SUCCESS; }
cublasStatus_t cublasSetMathMode(cublasHandle_t h, cublasMath_t m) { h->math = m; return CUBLAS_STATUS_SUCCESS; }

cublasStatus_t cublasSgemm_v2(cublasHandle_t h, cublasOperation_t ta, cublasOperation_t tb, int m, int n, int k, const float *alpha,
	const float *a, int lda, const float *b, int ldb, const float *beta, float *c, int ldc) {
	return multiply(h, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
cublasStatus_t cublasDgemm_v2(cublasHandle_t h, cublasOperation_t ta, cublasOperation_t tb, int m, int n, int k, const double *alpha,
	const double *a, int lda, const double *b, int ldb, const double *beta, double *c, int ldc) {
	return multiply(h, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

} // extern "C"
