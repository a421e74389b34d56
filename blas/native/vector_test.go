package native

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

const (
	longest = 150 // covers every tail behind the unrolled loops
	guard   = 24  // elements on either side of a buffer
)

// canary is a value that no test produces.
const canary = 12345.678

// guarded gives n elements at some distance from a cache line's start, and a check that nothing around them changed.
func guarded[T float](n, offset int) (x []T, intact func() bool) {
	buf := make([]T, guard+offset+n+guard)
	for i := range buf {
		buf[i] = canary
	}
	return buf[guard+offset:][:n:n], func() bool {
		for i, v := range buf {
			if v != T(canary) && (i < guard+offset || i >= guard+offset+n) {
				return false
			}
		}
		return true
	}
}

// awkward fills a slice with random numbers and, now and then, special ones.
func awkward[T float](r *rand.Rand, x []T) {
	special := []T{0, T(math.Copysign(0, -1)), T(inf), T(-inf), T(nan), 1e-40, -1e-40, 1, -1e30}
	for i := range x {
		x[i] = T(r.NormFloat64())
		if r.IntN(8) == 0 {
			x[i] = special[r.IntN(len(special))]
		}
	}
}

// sameBits compares patterns, and takes all NaNs for one.
func sameBits[T float](x, y T) bool {
	return x != x && y != y || x == y && math.Signbit(float64(x)) == math.Signbit(float64(y))
}

// exact lists the kernels whose results are the same on every set, in one form; those of three sources get x twice.
func exact[T float](v *vectorKernels[T]) map[string]func(dst, x, y []T) {
	return map[string]func(dst, x, y []T){
		"add": v.add, "sub": v.sub, "mul": v.mul, "div": v.div, "less": v.less, "lessEq": v.lessEq, "equal": v.equal, "larger": v.larger,
		"ofSame":  func(dst, x, y []T) { v.ofSame(dst, x, y, x) },
		"ofOther": func(dst, x, y []T) { v.ofOther(dst, x, y, y) },
		"sqrt":    func(dst, x, _ []T) { v.sqrt(dst, x) },
	}
}

func TestElementwise(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		t.Run("type=float32", func(t *testing.T) { testElementwise(t, &active.Load().s.vec, &generic.s.vec) })
		t.Run("type=float64", func(t *testing.T) { testElementwise(t, &active.Load().d.vec, &generic.d.vec) })
	})
}

func testElementwise[T float](t *testing.T, v, reference *vectorKernels[T]) {
	const seed = 3
	r := rand.New(rand.NewPCG(seed, 0))
	want := exact(reference)
	for name, f := range exact(v) {
		for n := range longest {
			for _, alias := range []string{"none", "x", "y"} {
				dst, intact := guarded[T](n, r.IntN(16))
				x, _ := guarded[T](n, r.IntN(16))
				y, _ := guarded[T](n, r.IntN(16))
				awkward(r, x)
				awkward(r, y)
				w := make([]T, n)
				want[name](w, x, y)
				switch alias {
				case "x":
					copy(dst, x)
					x = dst
				case "y":
					copy(dst, y)
					y = dst
				}
				f(dst, x, y)
				for i := range dst {
					if !sameBits(dst[i], w[i]) {
						t.Fatalf("seed %d: %s, length %d, dst is %s: [%d] = %v, want %v", seed, name, n, alias, i, dst[i], w[i])
					}
				}
				if !intact() {
					t.Fatalf("seed %d: %s, length %d: wrote outside of dst", seed, name, n)
				}
			}
		}
	}
}

// TestTails wants from every length, alignment and alias what one long call gives.
func TestTails(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		t.Run("type=float32", func(t *testing.T) { testTails[float32](t) })
		t.Run("type=float64", func(t *testing.T) { testTails[float64](t) })
	})
}

func testTails[T float](t *testing.T) {
	const seed = 4
	r := rand.New(rand.NewPCG(seed, 0))
	x := make([]T, 64*longest)
	awkward(r, x)
	for _, function := range functions {
		name, f := function.name, of[T](function)
		all := make([]T, len(x))
		f(all, x)
		for n := range longest {
			from := r.IntN(len(x) - n)
			dst, intact := guarded[T](n, r.IntN(16))
			src := x[from:][:n]
			if n%2 == 1 {
				copy(dst, src)
				src = dst
			}
			f(dst, src)
			for i := range dst {
				if !sameBits(dst[i], all[from+i]) {
					t.Fatalf("seed %d: %s, length %d: [%d] = %v, in a longer slice %v", seed, name, n, i, dst[i], all[from+i])
				}
			}
			if !intact() {
				t.Fatalf("seed %d: %s, length %d: wrote outside of dst", seed, name, n)
			}
		}
	}
}

func TestFromBytes(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		t.Run("type=float32", func(t *testing.T) { testFromBytes(t, SfromBytes) })
		t.Run("type=float64", func(t *testing.T) { testFromBytes(t, DfromBytes) })
	})
}

func testFromBytes[T float](t *testing.T, f func(dst []T, src []byte)) {
	src := make([]byte, 256)
	for i := range src {
		src[i] = byte(i)
	}
	for n := range len(src) {
		dst, intact := guarded[T](n, n%16)
		f(dst, src[256-n:])
		for i := range dst {
			if want := T(src[256-n+i]) / 255; dst[i] != want {
				t.Fatalf("length %d: [%d] = %v, want %v", n, i, dst[i], want)
			}
		}
		if !intact() {
			t.Fatalf("length %d: wrote outside of dst", n)
		}
	}
}

func TestSoftmax(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		t.Run("type=float32", func(t *testing.T) { testSoftmax(t, Ssoftmax, 0x1p-23) })
		t.Run("type=float64", func(t *testing.T) { testSoftmax(t, Dsoftmax, 0x1p-52) })
	})
}

func testSoftmax[T float](t *testing.T, f func(dst, x []T, cols int), eps float64) {
	const seed = 6
	r := rand.New(rand.NewPCG(seed, 0))
	for cols := 1; cols < longest; cols++ {
		for _, rows := range []int{0, 1, 5} {
			dst, intact := guarded[T](rows*cols, r.IntN(16))
			x := random[T](r, rows*cols)
			for i := range x {
				x[i] *= 30
			}
			if cols%2 == 1 {
				copy(dst, x)
				f(dst, dst, cols)
			} else {
				f(dst, x, cols)
			}
			for i := range rows {
				m, sum := T(-inf), 0.0
				for _, v := range x[i*cols:][:cols] {
					m = max(m, v)
				}
				for _, v := range x[i*cols:][:cols] {
					sum += math.Exp(float64(v) - float64(m))
				}
				for j, v := range x[i*cols:][:cols] {
					below := float64(m) - float64(v)
					want := math.Exp(-below) / sum // in float64, off by as many units as are below
					if got := float64(dst[i*cols+j]); !(math.Abs(got-want) <= 8*eps*want+below*0x1p-52*want+1e-45) {
						t.Fatalf("seed %d: %d rows of %d: [%d,%d] = %v, want %v", seed, rows, cols, i, j, got, want)
					}
				}
			}
			if !intact() {
				t.Fatalf("seed %d: %d rows of %d: wrote outside of dst", seed, rows, cols)
			}
		}
	}
	x := []T{1, T(nan), 2, 3, 3, -T(inf), 1e30, 0, -1e30, T(inf), 1, 2, -T(inf), -T(inf), -T(inf)}
	f(x, x, 3)
	for i, want := range []T{T(nan), T(nan), T(nan), 0.5, 0.5, 0, 1, 0, 0, T(nan), T(nan), T(nan), T(nan), T(nan), T(nan)} {
		if !sameBits(x[i], want) {
			t.Errorf("special rows: [%d] = %v, want %v", i, x[i], want)
		}
	}
}

func BenchmarkVector(b *testing.B) {
	eachSet(b, func(b *testing.B) {
		b.Run("type=float32", func(b *testing.B) { benchVector(b, &active.Load().s.vec) })
		b.Run("type=float64", func(b *testing.B) { benchVector(b, &active.Load().d.vec) })
	})
}

func benchVector[T float](b *testing.B, v *vectorKernels[T]) {
	for _, n := range []int{50, 5000} {
		r := rand.New(rand.NewPCG(1, 0))
		dst, x, y, bytes := make([]T, n), random[T](r, n), random[T](r, n), make([]byte, n)
		run := func(name string, f func()) {
			b.Run(fmt.Sprintf("f=%s/n=%d", name, n), func(b *testing.B) { reportBest(b, float64(n), "elements/ns", f) })
		}
		for _, f := range functions {
			run(strings.ToLower(f.name), func() { of[T](f)(dst, x) })
		}
		run("add", func() { v.add(dst, x, y) })
		run("div", func() { v.div(dst, x, y) })
		run("softmax", func() { v.softmax(dst, x, 10) })
		run("fromBytes", func() { v.fromBytes(dst, bytes) })
	}
}
