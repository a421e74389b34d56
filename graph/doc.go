// Package graph compiles Gorgonia's expression graphs and runs them on an engine, and proves their gradients.
//
// Compile turns chosen nodes of a graph into one lean program; Store holds the parameters that several programs
// share; NewMachine is a gorgonia.VM for graphs that should run as they are. NumericalGradient and Check hold
// gradients against central differences.
//
// # Instead of a TapeMachine
//
// NewMachine takes the place of gorgonia.NewTapeMachine. Its options and theirs:
//
//	gorgonia                              graph
//	BindDualValues(nodes...)              BindDualValues(nodes...)
//	EvalMode()                            EvalMode()
//	WithPrecompiled(CompileFunction(…))   Only(outputs...)
//	WithPrecompiled(Compile(…))           nothing: a machine compiles at its first run
//	Use(blas)                             the same, where neither Backend nor On is given
//	UseCudaFor(ops...)                    Backend("cuda"): the whole graph
//	TraceExec()                           nothing: all values are kept, unless Only is given
//	WithEngine, WithManualGradient        none: an engine is chosen by Backend or On
//	WithLogger, WithWatchlist,            none: Executable.Explain prints what is computed,
//	WithValueFmt, WithNaNWatch,           Executable.Profile how long it takes
//	WithInfWatch, WithPointerWatch
//
// An op without a kernel runs through its own Do, on copies of its arguments. Values of other types than the program's own, which is
// the float type of most numbers of the graph, are computed on the host: truths, whole numbers, the other float type. Two inputs may
// have one name, or none.
//
// # What Gorgonia lacks
//
// GroupConv2d and GroupConvTranspose2d make nodes of convolutions in groups of channels, with any padding, and of their transposes. Gorgonia's
// machines run them, too.
//
// # What differs from Gorgonia 0.9.18
//
// Where Gorgonia is wrong, the answer here is the right one:
//
//   - the derivatives of Log2, InverseSqrt, OuterProd (of vectors of one length; others are an error, for Gorgonia gives them the wrong
//     shape), and of Dropout;
//   - the derivative of BatchNorm of images in evaluation mode;
//   - AveragePool2D and its derivative, which divide by the image's width: here by the size of the window, padding counted as zeros;
//   - MaxPool2D of a NaN, which is NaN here;
//   - ByIndices of more than one row of a (1, 1) tensor, and its derivative by a single computed index. An index that is out of range
//     is an error of a program made by Compile; a Machine takes slice 0, as Gorgonia does and its tests want;
//   - YOLOv3, which gives the boxes the first anchors and not those that its masks name; of several images it fails;
//   - a value that the TapeMachine overwrites while it is still read, behind a Reshape.
//
// A training batch of one number a channel leaves a BatchNorm's running variance as it was; Gorgonia makes it NaN.
//
// What Gorgonia decides when the graph is built cannot be mended: two random nodes of one kind, shape and parameters are one node, and so
// are two Dropouts of one node, whatever their probabilities, a SoftMax and a LogSoftMax of one node, two slices of it whose bounds differ by
// a multiple of 256, and two Conv2ds of it with other dilations and results of one shape; AveragePool1D is a MaxPool1D; GlobalAveragePool2D has no derivative.
package graph
