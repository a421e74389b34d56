package native

// neon has matrix products only; the vector functions are the generic ones.
var neon = set{
	name: "neon",
	s: kernels[float32]{
		gemm: gemmKernel[float32]{mr: 8, nr: 8, lanes: 4, tall: 8, tile: sgemmTileNEON, pack: packGeneric[float32](8)},
		vec:  genericVectors[float32](),
	},
	d: kernels[float64]{
		gemm: gemmKernel[float64]{mr: 8, nr: 4, lanes: 2, tall: 8, tile: dgemmTileNEON, pack: packGeneric[float64](4)},
		vec:  genericVectors[float64](),
	},
}

// detect lists the kernel sets that this CPU can run, the best one last. Every arm64 CPU that Go runs on has NEON.
func detect() []*set { return []*set{&generic, &neon} }
