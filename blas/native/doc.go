// Package native holds the matrix products and vector kernels of the pure-Go engine: Go and Go assembly, no cgo.
//
// Implementation offers gonum's Sgemm and Dgemm. Sparse multiplies a matrix without its zeros, Packed a large matrix by
// blocks of rows on many cores; both give Implementation's bits. The vector functions carry the BLAS prefix of their
// element type, S for float32 and D for float64. All slices of one call must have the length of dst, and dst may be one
// of the sources; slices that overlap in any other way give undefined results. Nothing allocates in steady state,
// nothing spawns, and every function may be called from several goroutines at once.
//
// Each kernel exists once in generic Go and once for each instruction set that is worth it. The best set of the CPU is
// chosen at start; the environment variable STHENO_CPU, or Select, names another one. The set neon packs matrices in
// generic Go and has no sparse kernels.
//
// # Same bits
//
// Within one kernel set, an element of a matrix product depends only on its row of A, its column of B, k, alpha and
// beta: never on m, n or the tile that it falls into. So callers may cut m and n over cores as they like and get the
// same bits. The sum over k is cut by k alone:
//
//	for each block of k, first to last
//		acc = 0
//		for each p of the block, in order
//			acc = fma(a[i][p], b[p][j], acc)  // generic: rounded twice
//		c = fma(alpha, acc, beta·c)               // generic, neon: rounded twice; beta is 1 after the first block
//
// Element-wise arithmetic gives the same bits on every kernel set. The transcendental functions may differ between sets
// in the last places.
//
// # Errors
//
// Functions of one argument are within the bound that their comment gives, 2 ulp for most; a softmax is within 4 + cols/8. So
// they are for all numbers, with subnormal ones among arguments and results, as a comparison with 200 bits has shown:
// go test -v -run 'Transcendental|Softmax' ./blas/native prints the largest errors.
package native

type float interface{ float32 | float64 }
