// Package cuda is the engine "cuda", for NVIDIA GPUs of compute capability 7.0 and newer. It is there under the build tag cuda;
// without it, opening the engine is an error that says so.
//
// A program becomes a list of kernel launches (package emit), which are recorded once and then launched as one graph a run.
// The kernels are in package kernels, as source and as PTX, which the driver compiles for its GPU; those that only one
// program has are written as PTX when it is compiled. Large products are cuBLAS's, loaded when a program has one. A Loop
// repeats a program on rows of tables that are on the GPU: as graphs, or as one kernel for many runs, which overlap and whose blocks
// wait for one another, whichever is faster.
//
// The driver is behind package driver. Its folder nvidia has the real one, on gorgonia.org/cu, with the headers that make that compile
// on CUDA 12 and 13; its folder drivertest has one of plain Go, on which every go test runs the engine but for the arithmetic of
// the kernels. The folder fakedriver has one that executes PTX on the host and stands in for NVIDIA's library, for the whole suite
// on machines without a GPU; toolchain.sh brings what such a machine needs to build. The engine has been tested on these drivers;
// it has not run on a GPU yet.
package cuda
