package native

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

// eachSet runs a test or benchmark on every kernel set of this CPU, and names those that it lacks.
func eachSet[T interface {
	testing.TB
	Run(string, func(T)) bool
}](t T, f func(T)) {
	before := CPU()
	defer Select(before)
	for _, name := range []string{"generic", "avx2", "avx512", "neon"} {
		t.Run("cpu="+name, func(t T) {
			if err := Select(name); err != nil {
				t.Skip(err)
			}
			f(t)
		})
	}
}

// long tells whether tests may take many minutes.
func long() bool { return os.Getenv("STHENO_LONG") == "1" }

// random fills a slice with numbers in [-1, 1).
func random[T float](r *rand.Rand, n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(2*r.Float64() - 1)
	}
	return x
}

func TestSelect(t *testing.T) {
	before := CPU()
	if err := Select("abacus"); err == nil {
		t.Error("Select(abacus): no error")
	}
	if err := obey("abacus"); err == nil || !strings.Contains(err.Error(), "STHENO_CPU") {
		t.Errorf("STHENO_CPU=abacus: %v", err)
	}
	if CPU() != before {
		t.Errorf("a failed Select changed the kernel set from %s to %s", before, CPU())
	}
	for _, name := range CPUs() {
		if err := Select(name); err != nil || CPU() != name {
			t.Errorf("Select(%s) = %v, CPU() = %s", name, err, CPU())
		}
	}
	if err := Select(before); err != nil {
		t.Fatal(err)
	}
}
