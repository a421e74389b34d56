// Package philox is the counter-based generator Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as
// 1, 2, 3", SC 2011: any of its numbers can be had without those before it, so that threads draw the same numbers as one does.
package philox

import "math/bits"

// Block is the four numbers that belong to a counter.
func Block(counter [4]uint32, key [2]uint32) [4]uint32 {
	c0, c1, c2, c3 := counter[0], counter[1], counter[2], counter[3]
	k0, k1 := key[0], key[1]
	for range 10 {
		high0, low0 := bits.Mul32(0xD2511F53, c0)
		high1, low1 := bits.Mul32(0xCD9E8D57, c2)
		c0, c1, c2, c3 = high1^c1^k0, low1, high0^c3^k1, low0
		k0, k1 = k0+0x9E3779B9, k1+0xBB67AE85
	}
	return [4]uint32{c0, c1, c2, c3}
}

// Stream is a sequence of numbers.
type Stream struct {
	Key   [2]uint32
	Above [2]uint32 // the upper half of the counter
}

// Uniform sets dst to numbers of the stream, from the first one on: multiples of 2⁻²⁴ from 0 to below 1, which both types hold exactly.
func Uniform[T float32 | float64](dst []T, s Stream, first int) {
	for len(dst) > 0 {
		block := uint64(first) / 4
		words := Block([4]uint32{uint32(block), uint32(block >> 32), s.Above[0], s.Above[1]}, s.Key)
		n := 0
		for _, w := range words[first%4:] {
			if n == len(dst) {
				return
			}
			dst[n] = T(w>>8) / (1 << 24)
			n++
		}
		dst, first = dst[n:], first+n
	}
}
