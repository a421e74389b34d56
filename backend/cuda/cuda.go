// Package cuda is the engine "cuda", for NVIDIA GPUs of compute capability 7.0 and newer, on gorgonia.org/cu. It is there
// under the build tag cuda; without it, opening the engine is an error that says so.
//
// A program becomes a list of kernel launches (package emit), which are recorded once and then launched as one graph a run.
// The kernels are in the folder kernels, as source and as PTX, which the driver compiles for its GPU. Folder compat makes
// gorgonia.org/cu compile on CUDA 12 and 13; folder fakedriver has a driver that runs the kernels on the host, for tests
// on machines without a GPU.
package cuda
