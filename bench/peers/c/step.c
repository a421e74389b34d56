/* The training step by hand, on OpenBLAS: what a careful C programmer gets for a net of sigmoid layers with softmax and
 * cross-entropy. The same numbers and the same conversation as every other peer (see ../README.md).
 *
 *   gcc -O3 -march=native -ffast-math -DREAL=float step.c -o step -lopenblas -lm
 *   echo "steps 200" | ./step 784-50-10 100 float32 digits 1
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

enum { BATCHES = 8, GATE = 10, DEPTH = 16 };
static const real RATE = 0.1;

static double uniform(void) { /* splitmix64, in [0, 1) */
    static uint64_t state = 42;
    uint64_t z = (state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static void gemm(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, real alpha, const real *a, int lda,
                 const real *b, int ldb, real beta, real *c) {
    if (sizeof(real) == 4)
        cblas_sgemm(CblasRowMajor, ta, tb, m, n, k, alpha, (const float *)a, lda, (const float *)b, ldb, beta, (float *)c, n);
    else
        cblas_dgemm(CblasRowMajor, ta, tb, m, n, k, alpha, (const double *)a, lda, (const double *)b, ldb, beta, (double *)c, n);
}

static real expr(real v) { return sizeof(real) == 4 ? expf(v) : exp(v); }

static real *zeros(size_t n) {
    void *p = NULL;
    if (posix_memalign(&p, 64, n * sizeof(real))) exit(2);
    return memset(p, 0, n * sizeof(real));
}

/* Layer l takes z[l], batch x width[l], to z[l + 1]; d[l] is the derivative with respect to its sums. */
static int layers, batch, width[DEPTH + 1];
static real *w[DEPTH], *b[DEPTH], *z[DEPTH + 1], *d[DEPTH], *t;

static void forward(void) {
    for (int l = 0; l < layers; l++) {
        int n = width[l + 1], last = l == layers - 1;
        gemm(CblasNoTrans, CblasNoTrans, batch, n, width[l], 1, z[l], width[l], w[l], n, 0, z[l + 1]);
        for (int i = 0; i < batch; i++) {
            real *r = z[l + 1] + (size_t)i * n, top = -INFINITY, sum = 0;
            if (!last) {
                for (int j = 0; j < n; j++) r[j] = 1 / (1 + expr(-(r[j] + b[l][j])));
                continue;
            }
            for (int j = 0; j < n; j++) {
                r[j] += b[l][j];
                if (r[j] > top) top = r[j];
            }
            for (int j = 0; j < n; j++) sum += r[j] = expr(r[j] - top);
            for (int j = 0; j < n; j++) r[j] /= sum;
        }
    }
}

static void gradient_and_update(void) {
    forward();
    for (int l = layers - 1; l >= 0; l--) { /* what is handed down needs the matrix as it was: before its update */
        int n = width[l + 1];
        if (l == layers - 1)
            for (int i = 0; i < batch * n; i++) d[l][i] = (z[l + 1][i] - t[i]) / batch;
        if (l > 0) {
            gemm(CblasNoTrans, CblasTrans, batch, width[l], n, 1, d[l], n, w[l], n, 0, d[l - 1]);
            for (int i = 0; i < batch * width[l]; i++) d[l - 1][i] *= z[l][i] * (1 - z[l][i]);
        }
        gemm(CblasTrans, CblasNoTrans, width[l], n, batch, -RATE, z[l], width[l], d[l], n, 1, w[l]);
        for (int i = 0; i < batch; i++)
            for (int j = 0; j < n; j++) b[l][j] -= RATE * d[l][(size_t)i * n + j];
    }
}

static double loss(void) {
    double sum = 0;
    int n = batch * width[layers];
    forward();
    for (int i = 0; i < n; i++)
        if (t[i] != 0) sum -= log((double)z[layers][i] + 1e-7);
    return sum / batch;
}

static double now(void) {
    struct timespec s;
    clock_gettime(CLOCK_MONOTONIC, &s);
    return s.tv_sec + 1e-9 * s.tv_nsec;
}

static real *pixels, *targets;

/* steps does n steps and gives their seconds. The batch is brought before the clock starts, as in every peer. */
static double steps(int n, double *last) {
    static size_t at;
    size_t in = (size_t)batch * width[0], out = (size_t)batch * width[layers];
    double spent = 0;
    for (int s = 0; s < n; s++, at++) {
        memcpy(z[0], pixels + at % BATCHES * in, in * sizeof(real));
        memcpy(t, targets + at % BATCHES * out, out * sizeof(real));
        double began = now();
        gradient_and_update();
        *last = loss();
        spent += now() - began;
    }
    return spent;
}

/* evaluations does n loss evaluations as a numerical gradient makes them: two for each parameter. */
static double evaluations(int n, double *last) {
    double began = now();
    for (int l = 0, i = 0; n > 0; n -= 2, i++) {
        if (i == width[l] * width[l + 1]) l = (l + 1) % layers, i = 0;
        real v = w[l][i];
        w[l][i] = v + 1e-4;
        *last += loss();
        w[l][i] = v - 1e-4;
        *last += loss();
        w[l][i] = v;
    }
    return now() - began;
}

static int usage(void) {
    fprintf(stderr, "want WIDTHS BATCH %s PIXELS THREADS, such as 784-50-10 100 float32 digits 1; %d layers at most\n",
            sizeof(real) == 4 ? "float32" : "float64", DEPTH);
    return 2;
}

int main(int argc, char **argv) {
    if (argc != 6 || strcmp(argv[3], sizeof(real) == 4 ? "float32" : "float64")) return usage();
    int widths = 0, dense = !strcmp(argv[4], "dense");
    for (char *s = strtok(argv[1], "-"); s && widths <= DEPTH; s = strtok(NULL, "-")) width[widths++] = atoi(s);
    layers = widths - 1, batch = atoi(argv[2]);
    if (layers < 1 || batch < 1) return usage();
    openblas_set_num_threads(atoi(argv[5]));
    for (int l = 0; l < layers; l++) {
        size_t n = (size_t)width[l] * width[l + 1];
        w[l] = zeros(n), b[l] = zeros(width[l + 1]);
        d[l] = zeros((size_t)batch * width[l + 1]), z[l + 1] = zeros((size_t)batch * width[l + 1]);
        for (size_t i = 0; i < n; i++) w[l][i] = (2 * uniform() - 1) * 0.017320508075688773;
    }
    size_t in = (size_t)batch * width[0], out = (size_t)batch * width[layers];
    pixels = zeros(BATCHES * in), targets = zeros(BATCHES * out), z[0] = zeros(in), t = zeros(out);
    for (int k = 0; k < BATCHES; k++) {
        for (size_t i = 0; i < in; i++) {
            double u = uniform();
            pixels[k * in + i] = dense ? u : u < 0.2 ? 5 * u : 0;
        }
        for (int i = 0; i < batch; i++) targets[k * out + (size_t)i * width[layers] + (int)(uniform() * width[layers])] = 1;
    }
    double last = 0;
    steps(GATE, &last);
    printf("{\"version\":\"gcc %s\",\"library\":\"%s\",\"gate\":%.9g}\n", __VERSION__, openblas_get_config(), last);
    fflush(stdout);
    char unit[32];
    for (int n; scanf("%31s %d", unit, &n) == 2; fflush(stdout)) {
        if (!strcmp(unit, "steps"))
            printf("{\"ms\":%.9g}\n", steps(n, &last) * 1e3 / n);
        else if (!strcmp(unit, "evaluations"))
            printf("{\"ms\":%.9g}\n", evaluations(n, &last) * 1e3 / n);
        else
            printf("{\"error\":\"does not do %s\"}\n", unit);
    }
    return last == -1;
}
