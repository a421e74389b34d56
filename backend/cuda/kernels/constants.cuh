// Written by go generate from Go: do not edit.
#pragma once

enum {
	BLOCK = 256, // threads of a block
	WARP = 32, // threads of a warp
	plain = 0, // modes of a product's epilogue
	bias = 1,
	accumulate = 2,
	narrowTile = 8, // rows and columns of a tile
	wideTile = 64,
	slimRows = 128, // rows and columns of a tile of few channels
	slimColumns = 32,
	wideRows = 128, // rows of a wide one
	slimTerms = 64, // rows of a slim one of gradients by weights
	mostTerms = 16, // terms of a tile of images at a time
	depthwiseLanes = 8, // threads beside one another that have channels, each by itself
	depthwiseTaps = 9, // taps of a window that a thread sums up gradients for
	tileRows = 4, // rows of a strip or a tile, in a kernel with others
	stripRows = 8, // rows of a strip, in a kernel of its own
	gate_none = 0, // codes of a pooling's rectifiers
	gate_less = 1,
	gate_lesseq = 2,
	act_exp = 1, // codes of the element-wise ops that a product applies to its result
	act_log = 2,
	act_sqrt = 3,
	act_tanh = 4,
	act_sigmoid = 5,
};
