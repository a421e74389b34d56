package stheno

import (
	"testing"

	"github.com/stheno/stheno/bench"
)

// BenchmarkStheno runs the benchmarks of the package bench. Go takes the "./bench" of
//
//	go test -bench ./bench
//
// as a pattern over this package: any benchmark, with a sub-benchmark named bench.
func BenchmarkStheno(b *testing.B) { b.Run("bench", bench.All) }
