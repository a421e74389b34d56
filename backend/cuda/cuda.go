// Package cuda is the engine "cuda", for NVIDIA GPUs of compute capability 7.0 and newer, on gorgonia.org/cu. It is there
// under the build tag cuda; without it, opening the engine is an error that says so.
//
// A program becomes a list of kernel launches (package emit), which are recorded once and then launched as one graph a run.
// The kernels are in package kernels, as source and as PTX, which the driver compiles for its GPU; those that only one
// program has are written as PTX when it is compiled. Large products are cuBLAS's, loaded when a program has one. A Loop
// repeats a program on rows of tables that are on the GPU: as graphs, or as one kernel for many runs, which overlap and whose blocks
// wait for one another, whichever is faster.
//
// Folder compat makes gorgonia.org/cu compile on CUDA 12 and 13; toolchain.sh brings what a machine without CUDA needs to
// build; folder fakedriver has a driver that executes PTX on the host, for tests on machines without a GPU. The engine
// has been tested on that driver; it has not run on a GPU yet.
package cuda
