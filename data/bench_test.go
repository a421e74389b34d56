package data

import (
	"testing"
)

// BenchmarkRead draws batches of 100 samples at random: of memory, and of a temporary file.
func BenchmarkRead(b *testing.B) {
	path := file(b, "p.csv", points(100_000))
	for name, memory := range map[string]int64{"memory": 0, "file": 1 << 10} {
		b.Run(name, func(b *testing.B) {
			s := open(b, path, OpenOptions{Regression: true, Standardise: true, Memory: memory})
			x, y, rows := make([]float32, 100*s.Train.Inputs()), make([]float32, 100), make([]int, 100)
			sampler := NewSampler(s.Train.Len(), 1)
			b.ReportAllocs()
			for b.Loop() {
				if err := sampler.Draw(rows); err != nil {
					b.Fatal(err)
				}
				if err := s.Train.Read32(x, y, rows); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
