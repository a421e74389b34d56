package native

// tapsKernel sums up taps, channel by channel. taps has two numbers for each: its places in x and in w.
//
//	for i := range n {
//		for j := range ch {
//			acc := init[i*ldi+j]
//			for t := 0; t < len(taps); t += 2 {
//				acc += w[taps[t+1]+j] * x[taps[t]+i*step+j]
//			}
//			dst[i*ldd+j] = acc
//		}
//	}
type tapsKernel[T float] func(dst []T, ldd, n, ch int, init []T, ldi int, x []T, step int, w []T, taps []int)

func tapsGeneric[T float](dst []T, ldd, n, ch int, init []T, ldi int, x []T, step int, w []T, taps []int) {
	for i := range n {
		sum := dst[i*ldd:][:ch]
		copy(sum, init[i*ldi:])
		for t := 0; t < len(taps); t += 2 {
			from, by := x[taps[t]+i*step:][:ch], w[taps[t+1]:][:ch]
			for j := range sum {
				sum[j] += by[j] * from[j]
			}
		}
	}
}
