//go:build !openblas && !static && (darwin || (linux && (cgo || 386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64)))

package openblas

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"unsafe"

	"github.com/stheno/stheno/internal/loader"

	"github.com/ebitengine/purego"
	"gonum.org/v1/gonum/blas"
)

// names are where the library is looked for, in order. A name without a folder is found by the system's loader. Builds with
// 64-bit integers have other names: their arguments would not fit.
var names = map[string][]string{
	"linux": {
		"libopenblas.so.0",                   // Debian; Fedora's openblas-serial
		"libopenblasp.so.0",                  // Fedora's openblas-threads
		"libopenblaso.so.0",                  // Fedora's openblas-openmp
		"libopenblas.so.3",                   // Alpine, Arch
		"libopenblas.so",                     // any, with its development files
		"$CONDA_PREFIX/lib/libopenblas.so.0", // Conda
	},
	"darwin": {
		"libopenblas.dylib",
		"/opt/homebrew/opt/openblas/lib/libopenblas.dylib", // brew, Apple's processors
		"/usr/local/opt/openblas/lib/libopenblas.dylib",    // brew, Intel's
		"/opt/local/lib/libopenblas.dylib",                 // MacPorts
		"$CONDA_PREFIX/lib/libopenblas.0.dylib",            // Conda
	},
}

func open() (library, error) { return load(names[runtime.GOOS]) }

// loading guards the environment, which a load changes for its time.
var loading sync.Mutex

// load loads the first of the libraries that has what is called here. The error says of each why it was not taken.
func load(names []string) (library, error) {
	loading.Lock()
	defer loading.Unlock()
	defer oneThread()()
	l, err := loader.First(names, purego.RTLD_NOW|purego.RTLD_LOCAL, take)
	if err != nil {
		return nil, fmt.Errorf("OpenBLAS cannot be loaded: install it (%s); tried %w", packages, err)
	}
	return l, nil
}

// oneThread makes a library that is loaded now start no threads of its own. Where they do not start, it raises SIGINT, which
// looks like Ctrl-C. It is told by a variable, which is put back by what is returned.
func oneThread() (restore func()) {
	const variable = "OPENBLAS_NUM_THREADS"
	old, set := os.LookupEnv(variable)
	os.Setenv(variable, "1") // C's environment follows
	return func() {
		if set {
			os.Setenv(variable, old)
		} else {
			os.Unsetenv(variable)
		}
	}
}

// take takes what is called of a library, or says why it cannot be used.
func take(_ string, file uintptr) (l *loaded, why string) {
	l = &loaded{}
	l.blocks.New = func() any { return new(arguments) }
	var missing []string
	for _, symbol := range []struct {
		name string
		at   *uintptr
	}{
		{"sgemm_", &l.sgemmAt}, {"dgemm_", &l.dgemmAt},
		{"openblas_set_num_threads", &l.setThreadsAt}, {"openblas_get_config", &l.configAt},
	} {
		var err error
		if *symbol.at, err = purego.Dlsym(file, symbol.name); err != nil {
			missing = append(missing, symbol.name)
		}
	}
	switch {
	case len(missing) > 0:
		return nil, "has no " + strings.Join(missing, ", ")
	case wide(l.config()):
		return nil, "has 64-bit integers"
	}
	return l, ""
}

// loaded calls the library's Fortran entries: all their arguments are pointers, which a foreign call passes as they
// are.
type loaded struct {
	sgemmAt, dgemmAt, setThreadsAt, configAt uintptr
	blocks                                   sync.Pool
}

// arguments is what one call passes: numbers, and pointers to matrices. It is on the heap and used again, and the
// matrices are referred to from it, so that nothing moves while the library reads it and a call allocates nothing.
type arguments struct {
	tA, tB                 byte
	m, n, k, lda, ldb, ldc int32
	alpha, beta            float64 // their memory: of either type
	a, b, c                unsafe.Pointer
	list                   [13]uintptr
}

func (l *loaded) sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	call(l, l.sgemmAt, tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

func (l *loaded) dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	call(l, l.dgemmAt, tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// call runs a product. Column-major C' = B'·A' is row-major C = A·B: the operands change places.
func call[T float32 | float64](l *loaded, fn uintptr, tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	x := l.blocks.Get().(*arguments)
	x.tA, x.tB = byte(tA), byte(tB)
	x.m, x.n, x.k, x.lda, x.ldb, x.ldc = int32(m), int32(n), int32(k), int32(lda), int32(ldb), int32(ldc)
	*(*T)(unsafe.Pointer(&x.alpha)), *(*T)(unsafe.Pointer(&x.beta)) = alpha, beta
	x.a, x.b, x.c = unsafe.Pointer(&a[0]), unsafe.Pointer(&b[0]), unsafe.Pointer(&c[0])
	x.list = [...]uintptr{
		uintptr(unsafe.Pointer(&x.tB)), uintptr(unsafe.Pointer(&x.tA)),
		uintptr(unsafe.Pointer(&x.n)), uintptr(unsafe.Pointer(&x.m)), uintptr(unsafe.Pointer(&x.k)),
		uintptr(unsafe.Pointer(&x.alpha)), uintptr(x.b), uintptr(unsafe.Pointer(&x.ldb)), uintptr(x.a), uintptr(unsafe.Pointer(&x.lda)),
		uintptr(unsafe.Pointer(&x.beta)), uintptr(x.c), uintptr(unsafe.Pointer(&x.ldc)),
	}
	purego.SyscallN(fn, x.list[:]...)
	runtime.KeepAlive(x)
	x.a, x.b, x.c = nil, nil, nil
	l.blocks.Put(x)
}

func (l *loaded) setThreads(n int) { purego.SyscallN(l.setThreadsAt, uintptr(n)) }

func (l *loaded) config() string {
	text, _, _ := purego.SyscallN(l.configAt)
	return goString(text)
}

// goString copies a C string that the library keeps.
func goString(c uintptr) string {
	p := *(*unsafe.Pointer)(unsafe.Pointer(&c)) // memory of the library, which no collector moves
	if p == nil {
		return ""
	}
	var s []byte
	for i := 0; ; i++ {
		b := *(*byte)(unsafe.Add(p, i))
		if b == 0 {
			return string(s)
		}
		s = append(s, b)
	}
}
