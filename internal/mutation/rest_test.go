package mutation

// kernels are faults in the kernels of blas/native and in the host's engine.
var kernels = []mutant{}
