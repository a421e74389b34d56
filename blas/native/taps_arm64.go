package native

// withRest is a kernel for any number of channels, of one that takes whole vectors.
func withRest[T float](kernel tapsKernel[T], lanes int) tapsKernel[T] {
	return func(dst []T, ldd, n, ch int, init []T, ldi int, x []T, step int, w []T, taps []int) {
		whole := ch / lanes * lanes
		if whole > 0 {
			kernel(dst, ldd, n, whole, init, ldi, x, step, w, taps)
		}
		if whole < ch && n > 0 {
			rest := w
			if len(taps) > 0 {
				rest, x = w[whole:], x[whole:]
			}
			tapsGeneric(dst[whole:], ldd, n, ch-whole, init[whole:], ldi, x, step, rest, taps)
		}
	}
}
