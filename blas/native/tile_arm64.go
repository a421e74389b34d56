package native

func sgemmTileNEON(rows, cols, k int, alpha float32, a []float32, rsA, csA int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	var acc [64]float32
	if cols == 8 {
		sSumsNEON(acc[:], rows, k, a, rsA, csA, b, ldb)
	} else {
		var column [64]float32
		for j := range cols {
			sColumnNEON(column[:], rows, k, a, rsA, csA, b[j:], ldb)
			for i := range rows {
				acc[i*8+j] = column[i*8]
			}
		}
	}
	storeTile(rows, cols, alpha, acc[:], 8, beta, c, ldc)
}

func dgemmTileNEON(rows, cols, k int, alpha float64, a []float64, rsA, csA int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	var acc [32]float64
	if cols == 4 {
		dSumsNEON(acc[:], rows, k, a, rsA, csA, b, ldb)
	} else {
		var column [32]float64
		for j := range cols {
			dColumnNEON(column[:], rows, k, a, rsA, csA, b[j:], ldb)
			for i := range rows {
				acc[i*4+j] = column[i*4]
			}
		}
	}
	storeTile(rows, cols, alpha, acc[:], 4, beta, c, ldc)
}
