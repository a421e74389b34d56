package native

// softmax works on one row at a time, which stays in the first-level cache from pass to pass.
func softmax[T float](vec *vectorKernels[T], dst, x []T, cols int) {
	for ; len(dst) > 0; dst, x = dst[cols:], x[cols:] {
		row := dst[:cols]
		vec.addScalar(row, x[:cols], -vec.max(x[:cols]))
		vec.exp(row, row)
		vec.mulScalar(row, row, 1/vec.sum(row))
	}
}
