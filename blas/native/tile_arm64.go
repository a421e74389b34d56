package native

// The products of the kernel set neon.
var (
	sgemmNEON = gemmKernel[float32]{mr: 8, nr: 8, lanes: 4, tall: 8, tile: sgemmTileNEON, pack: packGeneric[float32](8), blocking: usual}
	dgemmNEON = gemmKernel[float64]{mr: 8, nr: 4, lanes: 2, tall: 8, tile: dgemmTileNEON, pack: packGeneric[float64](4), blocking: usual}
)

// sSumsNEON is
//
//	for i := range 8 {
//		row := a[min(i, rows-1)*rsA:]
//		for j := range 8 {
//			acc[i*8+j] = 0
//			for p := range k {
//				acc[i*8+j] = fma(row[p*csA], b[p*ldb+j], acc[i*8+j])
//			}
//		}
//	}
//
//go:noescape
func sSumsNEON(acc *[64]float32, rows, k int, a []float32, rsA, csA int, b []float32, ldb int)

// sColumnNEON is the loop of sSumsNEON for j = 0 alone.
//
//go:noescape
func sColumnNEON(acc *[64]float32, rows, k int, a []float32, rsA, csA int, b []float32, ldb int)

// dSumsNEON is sSumsNEON for float64 and four columns.
//
//go:noescape
func dSumsNEON(acc *[32]float64, rows, k int, a []float64, rsA, csA int, b []float64, ldb int)

// dColumnNEON is the loop of dSumsNEON for j = 0 alone.
//
//go:noescape
func dColumnNEON(acc *[32]float64, rows, k int, a []float64, rsA, csA int, b []float64, ldb int)

func sgemmTileNEON(rows, cols, k int, alpha float32, a []float32, rsA, csA int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	var acc [64]float32
	if cols == 8 {
		sSumsNEON(&acc, rows, k, a, rsA, csA, b, ldb)
	} else {
		var column [64]float32
		for j := range cols {
			sColumnNEON(&column, rows, k, a, rsA, csA, b[j:], ldb)
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
		dSumsNEON(&acc, rows, k, a, rsA, csA, b, ldb)
	} else {
		var column [32]float64
		for j := range cols {
			dColumnNEON(&column, rows, k, a, rsA, csA, b[j:], ldb)
			for i := range rows {
				acc[i*4+j] = column[i*4]
			}
		}
	}
	storeTile(rows, cols, alpha, acc[:], 4, beta, c, ldc)
}
