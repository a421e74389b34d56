package native

// packTransposed is
//
//	for p := range k {
//		for j := range cols {
//			dst[p*ldd+j] = src[j*lds+p]
//		}
//	}
func packTransposed[T float](dst []T, ldd int, src []T, lds, k, cols int) {
	for j := range cols {
		row := src[j*lds : j*lds+k]
		for p, v := range row {
			dst[p*ldd+j] = v
		}
	}
}
