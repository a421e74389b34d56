package cpu

// plan says into what pieces an engine cuts programs: by their shapes and their work alone, so that a result never
// depends on the number of cores. Tests make the pieces small, to cross every border with small programs.
type plan struct {
	// grain is the least work, in multiplications of a product, that is worth a task of its own. It is that large because
	// each block of a product brings the whole right-hand side into its own order first.
	grain int

	// A block of a product has at least minRows rows, which its kernels need to be fast. Where the right-hand side has more
	// than largeSide elements, a third block must be worth tallRows rows if each block brings that side into order anew, and
	// sharedRows if all blocks share it: at so many rows this costs less than a tenth of the product.
	minRows, tallRows, sharedRows int
	largeSide                     int

	mostTasks int // of a group
	finer     int // pieces of a single image's convolution, for each grain of its work
	packTasks int // of the packing of a shared side

	convParts  int // of a batch, for the gradient of a convolution by its weights
	convMany   int // how many times the gradient's numbers those of the images are where there are twice as many
	convRanges int // of the new channels, for the same where there are fewer parts

	// columns is the least of a product of one row that are worth a piece.
	columns int

	// Skipping zeros pays for inputs of many rows, because every product brings the other operand into tiles, and where there
	// is something to skip.
	minSparseRows, minSparseCols int

	// strip is how many elements of the widest value a strip of a stage holds, in stripRows rows at least: some such values
	// fit the second-level cache together.
	strip, stripRows int

	// epilogue is how many elements of a product get their bias and then their activation: they stay in the first-level
	// cache.
	epilogue int

	// beside is how many elements of a reduction's rows are taken as one.
	beside int

	// block is how many elements a chain takes at a time: few enough that all its intermediates stay in the first-level
	// cache, enough that the call of a vector kernel does not count.
	block int
}

// usual was found by measurement.
var usual = plan{
	grain:   2_000_000,
	minRows: 48, tallRows: 512, sharedRows: 128, largeSide: 1 << 18,
	mostTasks: 64, finer: 4, packTasks: 16,
	convParts: 4, convMany: 48, convRanges: 16,
	columns:       64,
	minSparseRows: 32, minSparseCols: 64,
	strip: 1 << 15, stripRows: 8,
	epilogue: 4096,
	beside:   256,
	block:    1024,
}
