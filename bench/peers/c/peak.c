/* The FMA peak of one core, in GFLOP/s: independent chains of fused multiply-adds in registers, nothing else.
 *
 *   gcc -O3 -march=native -ffast-math -DREAL=float peak.c -o peak && ./peak
 */
#include <stdio.h>
#include <time.h>

#ifndef REAL
#define REAL float
#endif
#ifdef __AVX512F__
enum { BYTES = 64 };
#else
enum { BYTES = 32 };
#endif
typedef REAL vec __attribute__((vector_size(BYTES)));
enum { LANES = BYTES / sizeof(REAL), CHAINS = 12, TURNS = 4000000 };

#define EACH(F) F(0) F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9) F(10) F(11)
#define START(c) vec r##c = b * (REAL)(c);
#define TURN(c) r##c = r##c * a + b; __asm__("" : "+v"(r##c)); /* every step of every chain is kept, in its register */
#define END(c) sink += r##c[0];

int main(void) {
    double best = 0;
    REAL sink = 0;
    for (int run = 0; run < 7; run++) {
        vec a, b;
        for (int l = 0; l < LANES; l++) a[l] = (REAL)(0.5 + run * 1e-3), b[l] = (REAL)0.25;
        EACH(START)
        struct timespec t0, t1;
        clock_gettime(CLOCK_MONOTONIC, &t0);
        for (int i = 0; i < TURNS; i++) { EACH(TURN) }
        clock_gettime(CLOCK_MONOTONIC, &t1);
        EACH(END)
        double s = (t1.tv_sec - t0.tv_sec) + 1e-9 * (t1.tv_nsec - t0.tv_nsec);
        double gflops = 2.0 * LANES * CHAINS * TURNS / s / 1e9;
        if (gflops > best) best = gflops;
    }
    printf("{\"gflops\":%.2f,\"check\":%g}\n", best, (double)sink);
    return 0;
}
