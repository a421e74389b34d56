package philox

import (
	"math"
	"testing"
)

// The known answers of the authors' library, Random123 (kat_vectors).
func TestKnownAnswers(t *testing.T) {
	const ones = math.MaxUint32
	for _, c := range []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{ones, ones, ones, ones}, [2]uint32{ones, ones}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0}, [4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if got := Block(c.counter, c.key); got != c.want {
			t.Errorf("counter %x, key %x: %x, not %x", c.counter, c.key, got, c.want)
		}
	}
}

// Pieces of a stream are the stream, in both types; its mean and spread are those of uniform numbers.
func TestUniform(t *testing.T) {
	const n = 100_003
	s := Stream{Key: [2]uint32{7, 8}, Above: [2]uint32{9, 10}}
	whole := make([]float64, n)
	Uniform(whole, s, 0)
	piece := make([]float32, n)
	for from, k := 0, 1; from < n; k = k%9 + 1 {
		to := min(from+k, n)
		Uniform(piece[from:to], s, from)
		from = to
	}
	sum, squares := 0.0, 0.0
	for i, v := range whole {
		if float64(piece[i]) != v || v < 0 || v >= 1 {
			t.Fatalf("number %d: %v whole, %v in pieces", i, v, piece[i])
		}
		sum += v
		squares += v * v
	}
	mean := sum / n
	if math.Abs(mean-0.5) > 0.005 || math.Abs(squares/n-mean*mean-1.0/12) > 0.002 { // 5 standard deviations and more
		t.Errorf("mean %v, variance %v", mean, squares/n-mean*mean)
	}
}
