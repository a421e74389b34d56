package mutation

// kernels are faults in the products of blas/native and in the host's engine.
var kernels = []mutant{
	{"blas/native/block.go", "	if pc > 0 {\n		return 1", "	if pc > 0 && beta != 0 {\n		return 1", "./blas/native", "Products"},
	{"blas/native/packed.go", "betaAt(pc, beta)", "beta", "./blas/native", "Products"},
	{"blas/native/packed.go", "j%by.NC*kc", "j%by.NC*by.KC", "./blas/native", "Products"},
	{"backend/cpu/matmul.go", "alpha, beta = scale[0], 1", "alpha, beta = -scale[0], 1", "./backend/cpu", "Conformance"},
	{"backend/cpu/reduce.go", "dst[k] = f.zero", "dst[k] += f.zero", "./backend/cpu", "Conformance"},
	{"backend/cpu/pool.go", "if p.ended.Load() { // asked", "if false && p.ended.Load() { // asked", "./backend/cpu", "CloseBehindAJob"},
}
