package native

// neon packs in plain Go and has no sparse kernels.
var neon = set{
	name: "neon",
	s: kernels[float32]{
		gemm: gemmKernel[float32]{mr: 8, nr: 8, lanes: 4, tall: 8, tile: sgemmTileNEON, pack: packGeneric[float32](8), blocking: usual},
		vec: vectorKernels[float32]{
			exp:     sExpNEON,
			log:     sLogNEON,
			sigmoid: sSigmoidNEON,
			tanh:    sTanhNEON,
			sqrt:    sSqrtNEON,

			add:    sAddNEON,
			sub:    sSubNEON,
			mul:    sMulNEON,
			div:    sDivNEON,
			less:   sLessNEON,
			lessEq: sLessEqNEON,
			equal:  sEqualNEON,

			fromBytes: withTail(sFromBytesNEON, 16),
			softmax:   sSoftmaxNEON,
		},
	},
	d: kernels[float64]{
		gemm: gemmKernel[float64]{mr: 8, nr: 4, lanes: 2, tall: 8, tile: dgemmTileNEON, pack: packGeneric[float64](4), blocking: usual},
		vec: vectorKernels[float64]{
			exp:     dExpNEON,
			log:     dLogNEON,
			sigmoid: dSigmoidNEON,
			tanh:    dTanhNEON,
			sqrt:    dSqrtNEON,

			add:    dAddNEON,
			sub:    dSubNEON,
			mul:    dMulNEON,
			div:    dDivNEON,
			less:   dLessNEON,
			lessEq: dLessEqNEON,
			equal:  dEqualNEON,

			fromBytes: withTail(dFromBytesNEON, 16),
			softmax:   dSoftmaxNEON,
		},
	},
}
