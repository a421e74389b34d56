package native

// genericSparse works on tiles of 8 to 64 columns.
func genericSparse[T float]() sparseKernels[T] {
	k := sparseKernels[T]{lanes: 8, compress: compressGeneric[T], pad: padGeneric[T], set: setGeneric[T], add: addGeneric[T]}
	for width := 8; width <= 64; width += 8 {
		k.gather, k.scatter = append(k.gather, gatherGeneric[T](width)), append(k.scatter, scatterGeneric[T](width))
		k.alive = append(k.alive, aliveGeneric[T](width))
	}
	k.inOrder = k.alive
	return k
}

func compressGeneric[T float](vals []T, cols, bounds []int32, x []T, ldx, rows, width, first, apart int) (n int) {
	for r := range rows {
		bounds[2*r] = int32(first + n)
		for j, v := range x[r*ldx:][:width] {
			if v != 0 {
				vals[n], cols[n] = v, int32(r*apart+j)
				n++
			}
		}
		bounds[2*r+1] = int32(first + n)
	}
	return n
}

func padGeneric[T float](dst []T, ldd int, src []T, lds, rows, n int) (bad T) {
	for i := range rows {
		row := src[i*lds:][:n]
		copy(dst[i*ldd:], row)
		for _, v := range row {
			bad += 0 * v
		}
	}
	return bad
}

func setGeneric[T float](dst []T, ldd int, src []T, lds, rows, n int, alpha, _ T) {
	for i := range rows {
		for j, v := range src[i*lds:][:n] {
			dst[i*ldd+j] = alpha * v
		}
	}
}

func addGeneric[T float](dst []T, ldd int, src []T, lds, rows, n int, alpha, beta T) {
	for i := range rows {
		for j, v := range src[i*lds:][:n] {
			dst[i*ldd+j] = T(alpha*v) + T(beta*dst[i*ldd+j])
		}
	}
}

func gatherGeneric[T float](width int) sparseKernel[T] {
	return func(c, tile []T, rows int, bounds []int32, vals []T, cols []int32) {
		for r := range rows {
			row := c[r*width:][:width]
			for i := bounds[2*r]; i < bounds[2*r+1]; i++ {
				v := vals[i]
				for j, b := range tile[int(cols[i])*width:][:width] {
					row[j] += T(v * b)
				}
			}
		}
	}
}

func aliveGeneric[T float](width int) aliveKernel[T] {
	return func(c []T, ldc int, b []T, stride int, runs []int, vals []T, cols []int32) {
		for n := 0; len(runs) > 0; n++ {
			row := c[n*ldc:][:width]
			for i := runs[0]; i < runs[1]; i++ {
				v := vals[i]
				for j, b := range b[runs[2]+int(cols[i])*stride:][:width] {
					row[j] += T(v * b)
				}
			}
			runs = runs[3:]
		}
	}
}

func scatterGeneric[T float](width int) sparseKernel[T] {
	return func(c, tile []T, rows int, bounds []int32, vals []T, cols []int32) {
		for r := range rows {
			row := c[r*width:][:width]
			for i := bounds[2*r]; i < bounds[2*r+1]; i++ {
				v := vals[i]
				sums := tile[int(cols[i])*width:][:width]
				for j, b := range row {
					sums[j] += T(v * b)
				}
			}
		}
	}
}
