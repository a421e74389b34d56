package native

func packGeneric[T float](nr int) packKernels[T] {
	return packKernels[T]{
		rows: func(dst, src []T, lds, rows int) {
			for i := range rows {
				copy(dst[i*nr:][:nr], src[i*lds:])
			}
		},
		transpose: transposeGeneric[T],
		square:    1,
	}
}

func transposeGeneric[T float](dst []T, ldd int, src []T, lds, rows, cols int) {
	for i := range rows {
		for j, v := range src[i*lds:][:cols] {
			dst[j*ldd+i] = v
		}
	}
}
