// Package stheno is the overview of a tensor framework in Go on Gorgonia.
//
// A network is written as a Gorgonia expression graph, with Gorgonia's symbolic derivatives. Stheno compiles it into
// one lean program and runs that in pure Go, on OpenBLAS or on CUDA, chosen by a flag. Its home ground is the
// book "Deep Learning from Scratch": its networks on MNIST, with every gradient checked against finite differences.
//
// The packages, in the way of the data:
//
//	data              MNIST, embedded; samples from tables, arrays, pictures, or a program of your own
//	models            networks, losses and optimisers as graph nodes; the files of models
//	graph             compiles nodes to programs; a drop-in gorgonia.VM; gradient checks
//	ir                the programs, and the passes that make them lean
//	backend           what an engine is
//	backend/cpu       runs programs on the host, in pure Go or on OpenBLAS
//	backend/cuda      runs programs on NVIDIA GPUs, with the tag cuda
//	backend/plain     the least that an engine can be, to copy for a new one
//	blas              matrix products: what they are called with
//	blas/native       our own, in Go and Go assembly
//	blas/openblas     the machine's OpenBLAS
//	dist              processes that compute together: what they do as one
//	dist/mpi          those that an MPI launcher has started
//	train             the learning loop
//	serve             models over HTTP, in the Open Inference Protocol
//	checkpoint        the safetensors format
//	onnx              models in ONNX's format
//	figures           the book's pictures
//	cmd/train         the command
//	cmd/serve         answers for models over HTTP
//	cmd/predict       what a net makes of pictures and rows of numbers
//	cmd/onnx          files of ONNX from files of ours and back
//	cmd/chapter4      every other result of chapter 4
//	cmd/chapter6      what helps a network to learn, compared
//	cmd/chapter7      a convolutional network's filters
//	cmd/chapter8      a deep network's mistakes
//	internal/chapter  what the commands of chapters share
//	internal/command  flags of the commands, and what they print
//	internal/output   files and sets of files, whole or not at all
//	internal/loader   loads the machine's shared libraries
//	internal/memory   whether there is memory for something large
//	internal/philox   random numbers by their positions
//	internal/ops      prints what ops there are
//	internal/python   finds a Python with the modules that a peer needs
//	internal/rename   gives the module another path
//	bench             what it all costs, and how that compares
package stheno
