/* The training step by hand, on OpenBLAS: what a careful C programmer gets for 784-H-10 with sigmoid, softmax and
 * cross-entropy. Same numbers as every other peer (see ../README.md); prints one JSON line.
 *
 *   gcc -O3 -march=native -ffast-math -DREAL=float step.c -o step -lopenblas -lm
 *   ./step hidden batch steps rounds threads [gradient]
 *
 * With "gradient" the rounds leave out the loss after the update.
 */
#include <cblas.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef REAL
#define REAL float
#endif
typedef REAL real;

enum { IN = 784, OUT = 10, BATCHES = 8, GATE = 10 };

static uint64_t state = 42;

static double uniform(void) { /* splitmix64, in [0, 1) */
    uint64_t z = (state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static void gemm(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, real alpha, const real *a, int lda,
                 const real *b, int ldb, real beta, real *c, int ldc) {
    if (sizeof(real) == 4)
        cblas_sgemm(CblasRowMajor, ta, tb, m, n, k, alpha, (const float *)a, lda, (const float *)b, ldb, beta, (float *)c, ldc);
    else
        cblas_dgemm(CblasRowMajor, ta, tb, m, n, k, alpha, (const double *)a, lda, (const double *)b, ldb, beta, (double *)c, ldc);
}

static real *zeros(size_t n) {
    void *p = NULL;
    if (posix_memalign(&p, 64, (n ? n : 1) * sizeof(real))) exit(2);
    memset(p, 0, n * sizeof(real));
    return p;
}

static int H, N;
static real *W1, *b1, *W2, *b2, *z1, *y, *dz;

static void forward(const real *x) {
    gemm(CblasNoTrans, CblasNoTrans, N, H, IN, 1, x, IN, W1, H, 0, z1, H);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < H; j++) {
            real v = z1[i * H + j] + b1[j];
            z1[i * H + j] = 1 / (1 + (sizeof(real) == 4 ? expf(-v) : exp(-v)));
        }
    gemm(CblasNoTrans, CblasNoTrans, N, OUT, H, 1, z1, H, W2, OUT, 0, y, OUT);
    for (int i = 0; i < N; i++) {
        real *r = y + i * OUT, top = -INFINITY, sum = 0;
        for (int j = 0; j < OUT; j++) {
            r[j] += b2[j];
            if (r[j] > top) top = r[j];
        }
        for (int j = 0; j < OUT; j++) sum += r[j] = sizeof(real) == 4 ? expf(r[j] - top) : exp(r[j] - top);
        for (int j = 0; j < OUT; j++) r[j] /= sum;
    }
}

static void gradient_and_update(const real *x, const real *t, real lr) {
    forward(x);
    for (int i = 0; i < N * OUT; i++) y[i] = (y[i] - t[i]) / N;
    gemm(CblasNoTrans, CblasTrans, N, H, OUT, 1, y, OUT, W2, OUT, 0, dz, H);
    for (int i = 0; i < N * H; i++) dz[i] *= z1[i] * (1 - z1[i]);
    gemm(CblasTrans, CblasNoTrans, IN, H, N, -lr, x, IN, dz, H, 1, W1, H);
    gemm(CblasTrans, CblasNoTrans, H, OUT, N, -lr, z1, H, y, OUT, 1, W2, OUT);
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < H; j++) b1[j] -= lr * dz[i * H + j];
        for (int j = 0; j < OUT; j++) b2[j] -= lr * y[i * OUT + j];
    }
}

static double loss(const real *x, const real *t) {
    double sum = 0;
    forward(x);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < OUT; j++)
            if (t[i * OUT + j] != 0) sum -= log((double)y[i * OUT + j] + 1e-7);
    return sum / N;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, w = *(const double *)b;
    return (x > w) - (x < w);
}

int main(int argc, char **argv) {
    int number[5] = {0}, bad = argc < 6 || argc > 7 || (argc == 7 && strcmp(argv[6], "gradient"));
    for (int i = 0; i < 5 && !bad; i++) bad = (number[i] = atoi(argv[i + 1])) < 1;
    if (bad) {
        fprintf(stderr, "usage: step hidden batch steps rounds threads [gradient]\n");
        return 2;
    }
    H = number[0], N = number[1];
    int steps = number[2], rounds = number[3], with_loss = argc == 6;
    openblas_set_num_threads(number[4]);
    W1 = zeros((size_t)IN * H), b1 = zeros(H), W2 = zeros((size_t)H * OUT), b2 = zeros(OUT);
    z1 = zeros((size_t)N * H), y = zeros((size_t)N * OUT), dz = zeros((size_t)N * H);
    for (int i = 0; i < IN * H; i++) W1[i] = (2 * uniform() - 1) * 0.017320508075688773;
    for (int i = 0; i < H * OUT; i++) W2[i] = (2 * uniform() - 1) * 0.017320508075688773;
    real *x = zeros((size_t)BATCHES * N * IN), *t = zeros((size_t)BATCHES * N * OUT);
    for (int b = 0; b < BATCHES; b++) {
        for (int i = 0; i < N * IN; i++) {
            double u = uniform();
            x[(size_t)b * N * IN + i] = u < 0.2 ? 5 * u : 0;
        }
        for (int i = 0; i < N; i++) t[(size_t)b * N * OUT + i * OUT + (int)(uniform() * OUT)] = 1;
    }
    real *xb = zeros((size_t)N * IN), *tb = zeros((size_t)N * OUT);
    double last = 0, gate = 0, *ms = malloc(rounds * sizeof *ms);
    for (int r = -1, step = 0; r < rounds; r++) { /* round -1 warms up and is the gate */
        double spent = 0;
        for (int s = 0; s < (r < 0 ? GATE : steps); s++, step++) {
            size_t b = step % BATCHES; /* the batch is drawn before the clock starts, as in every peer */
            memcpy(xb, x + b * N * IN, (size_t)N * IN * sizeof(real));
            memcpy(tb, t + b * N * OUT, (size_t)N * OUT * sizeof(real));
            double began = now();
            gradient_and_update(xb, tb, 0.1);
            if (r < 0 || with_loss) last = loss(xb, tb);
            spent += now() - began;
        }
        if (r < 0)
            gate = last;
        else
            ms[r] = spent * 1e3 / steps;
    }
    qsort(ms, rounds, sizeof *ms, by_value);
    printf("{\"ms\":%.6f,\"min_ms\":%.6f,\"gate_loss\":%.9g,\"threads\":%d,\"library\":\"%s\"}\n", ms[rounds / 2], ms[0], gate,
           number[4], openblas_get_config());
    return last == -1;
}
