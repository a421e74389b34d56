package native

var avx2 = set{
	name: "avx2",
	s: kernels[float32]{
		gemm: gemmKernel[float32]{mr: 6, nr: 16, lanes: 8, tall: 12, tile: sgemmTileAVX2,
			pack: packKernels[float32]{rows: sPackRowsAVX2, transpose: sTransposeAVX2, square: 8}, blocking: usual},
		vec: vectorKernels[float32]{
			exp:     sExpAVX2,
			log:     sLogAVX2,
			sigmoid: sSigmoidAVX2,
			tanh:    sTanhAVX2,
			sqrt:    sSqrtAVX2,

			add:    sAddAVX2,
			sub:    sSubAVX2,
			mul:    sMulAVX2,
			div:    sDivAVX2,
			less:   sLessAVX2,
			lessEq: sLessEqAVX2,
			equal:  sEqualAVX2,

			fromBytes: withTail(sFromBytesAVX2, 8),
			softmax:   sSoftmaxAVX2,
		},
		sparse: sparseKernels[float32]{lanes: 8, compress: sCompressAVX2, pad: sPadAVX2, set: sUnpadSetAVX2, add: sUnpadAddAVX2,
			gather:  [8]sparseKernel[float32]{sGather1AVX2, sGather2AVX2, sGather3AVX2, sGather4AVX2, sGather5AVX2, sGather6AVX2, sGather7AVX2, sGather8AVX2},
			scatter: [8]sparseKernel[float32]{sScatter1AVX2, sScatter2AVX2, sScatter3AVX2, sScatter4AVX2, sScatter5AVX2, sScatter6AVX2, sScatter7AVX2, sScatter8AVX2}},
	},
	d: kernels[float64]{
		gemm: gemmKernel[float64]{mr: 6, nr: 8, lanes: 4, tall: 12, tile: dgemmTileAVX2,
			pack: packKernels[float64]{rows: dPackRowsAVX2, transpose: dTransposeAVX2, square: 4}, blocking: usual},
		vec: vectorKernels[float64]{
			exp:     dExpAVX2,
			log:     dLogAVX2,
			sigmoid: dSigmoidAVX2,
			tanh:    dTanhAVX2,
			sqrt:    dSqrtAVX2,

			add:    dAddAVX2,
			sub:    dSubAVX2,
			mul:    dMulAVX2,
			div:    dDivAVX2,
			less:   dLessAVX2,
			lessEq: dLessEqAVX2,
			equal:  dEqualAVX2,

			fromBytes: withTail(dFromBytesAVX2, 4),
			softmax:   dSoftmaxAVX2,
		},
		sparse: sparseKernels[float64]{lanes: 4, compress: dCompressAVX2, pad: dPadAVX2, set: dUnpadSetAVX2, add: dUnpadAddAVX2,
			gather:  [8]sparseKernel[float64]{dGather1AVX2, dGather2AVX2, dGather3AVX2, dGather4AVX2, dGather5AVX2, dGather6AVX2, dGather7AVX2, dGather8AVX2},
			scatter: [8]sparseKernel[float64]{dScatter1AVX2, dScatter2AVX2, dScatter3AVX2, dScatter4AVX2, dScatter5AVX2, dScatter6AVX2, dScatter7AVX2, dScatter8AVX2}},
	},
}

var avx512 = set{
	name: "avx512",
	s: kernels[float32]{
		gemm: gemmKernel[float32]{mr: 14, nr: 32, lanes: 16, tall: 14, tile: sgemmTileAVX512,
			pack: packKernels[float32]{rows: sPackRowsAVX512, transpose: sTransposeAVX2, square: 8}, blocking: usual},
		vec: vectorKernels[float32]{
			exp:     sExpAVX512,
			log:     sLogAVX512,
			sigmoid: sSigmoidAVX512,
			tanh:    sTanhAVX512,
			sqrt:    sSqrtAVX512,

			add:    sAddAVX512,
			sub:    sSubAVX512,
			mul:    sMulAVX512,
			div:    sDivAVX512,
			less:   sLessAVX512,
			lessEq: sLessEqAVX512,
			equal:  sEqualAVX512,

			fromBytes: withTail(sFromBytesAVX512, 16),
			softmax:   sSoftmaxAVX512,
		},
		sparse: sparseKernels[float32]{lanes: 16, compress: sCompressAVX512, pad: sPadAVX512, set: sUnpadSetAVX512, add: sUnpadAddAVX512,
			gather:  [8]sparseKernel[float32]{sGather1AVX512, sGather2AVX512, sGather3AVX512, sGather4AVX512, sGather5AVX512, sGather6AVX512, sGather7AVX512, sGather8AVX512},
			scatter: [8]sparseKernel[float32]{sScatter1AVX512, sScatter2AVX512, sScatter3AVX512, sScatter4AVX512, sScatter5AVX512, sScatter6AVX512, sScatter7AVX512, sScatter8AVX512}},
	},
	d: kernels[float64]{
		gemm: gemmKernel[float64]{mr: 14, nr: 16, lanes: 8, tall: 14, tile: dgemmTileAVX512,
			pack: packKernels[float64]{rows: dPackRowsAVX512, transpose: dTransposeAVX2, square: 4}, blocking: usual},
		vec: vectorKernels[float64]{
			exp:     dExpAVX512,
			log:     dLogAVX512,
			sigmoid: dSigmoidAVX512,
			tanh:    dTanhAVX512,
			sqrt:    dSqrtAVX512,

			add:    dAddAVX512,
			sub:    dSubAVX512,
			mul:    dMulAVX512,
			div:    dDivAVX512,
			less:   dLessAVX512,
			lessEq: dLessEqAVX512,
			equal:  dEqualAVX512,

			fromBytes: withTail(dFromBytesAVX512, 8),
			softmax:   dSoftmaxAVX512,
		},
		sparse: sparseKernels[float64]{lanes: 8, compress: dCompressAVX512, pad: dPadAVX512, set: dUnpadSetAVX512, add: dUnpadAddAVX512,
			gather:  [8]sparseKernel[float64]{dGather1AVX512, dGather2AVX512, dGather3AVX512, dGather4AVX512, dGather5AVX512, dGather6AVX512, dGather7AVX512, dGather8AVX512},
			scatter: [8]sparseKernel[float64]{dScatter1AVX512, dScatter2AVX512, dScatter3AVX512, dScatter4AVX512, dScatter5AVX512, dScatter6AVX512, dScatter7AVX512, dScatter8AVX512}},
	},
}
