//go:build !openblas && !static && (darwin || (linux && (cgo || 386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64)))

package openblas

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno/stheno/internal/loader/loadertest"
)

// want is what load must say of libraries that it cannot take.
func want(t *testing.T, err error, tried string) {
	t.Helper()
	if want := "OpenBLAS cannot be loaded: install it (" + packages + "); tried " + tried; fmt.Sprint(err) != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// TestMissing: without the library, one line names the packages to install, each name that was tried, and the loader's words.
func TestMissing(t *testing.T) {
	t.Setenv("CONDA_PREFIX", "")
	_, err := load([]string{"libthere-is-no-such-blas.so", "libnor-this.so", "$CONDA_PREFIX/lib/libnor-this.so"})
	if err == nil || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "CONDA_PREFIX") {
		t.Errorf("error %v", err)
	}
	for _, part := range []string{"(" + packages + ")", "libthere-is-no-such-blas.so", "libnor-this.so", "o such file"} {
		if !strings.Contains(fmt.Sprint(err), part) {
			t.Errorf("error %v: no %q", err, part)
		}
	}
}

const (
	products = "void sgemm_(void) {} void dgemm_(void) {} "
	threads  = "void openblas_set_num_threads(int n) {} "
	config   = `char *openblas_get_config(void) { return "OpenBLAS 0.0 fake"; } `
)

// TestRefused: a library that is not what is called here is refused by name, and the next one is taken.
func TestRefused(t *testing.T) {
	text := filepath.Join(t.TempDir(), "libtext.so")
	if err := os.WriteFile(text, []byte("no library"), 0o600); err != nil {
		t.Fatal(err)
	}
	netlib := loadertest.Build(t, "libblas.so", products)
	half := loadertest.Build(t, "libhalf.so", "void dgemm_(void) {} "+threads+config)
	wide := loadertest.Build(t, "libwide.so", products+threads+strings.Replace(config, "fake", "USE64BITINT", 1))
	refused := []string{netlib, half, wide}
	_, err := load(refused)
	want(t, err, netlib+": has no openblas_set_num_threads, openblas_get_config; "+half+": has no sgemm_; "+wide+": has 64-bit integers")

	good := loadertest.Build(t, "libgood.so", products+threads+config)
	lib, err := load(append(append([]string{text}, refused...), good))
	if err != nil || lib.config() != "OpenBLAS 0.0 fake" {
		t.Errorf("%v, %v", lib, err)
	}

	conda := filepath.Join(t.TempDir(), "lib")
	if err := os.Rename(filepath.Dir(good), conda); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CONDA_PREFIX", filepath.Dir(conda))
	if _, err := load([]string{"$CONDA_PREFIX/lib/libgood.so"}); err != nil {
		t.Error("Conda:", err)
	}
}

// TestOneThread: a library is loaded with one thread, whatever the environment says, which is then as it was, in C too.
func TestOneThread(t *testing.T) {
	const variable = "OPENBLAS_NUM_THREADS"
	for _, old := range []string{"", "4"} {
		lib := loadertest.Build(t, "libasks.so", `#include <stdlib.h>
static char seen[9] = "none";
__attribute__((constructor)) static void start(void) { char *n = getenv("`+variable+`"); if (n && n[1] == 0) seen[0] = n[0], seen[1] = 0; }
char *openblas_get_config(void) { return seen; }
void openblas_set_num_threads(int n) { char *now = getenv("`+variable+`"); seen[0] = now ? now[0] : '-'; seen[1] = 0; }
`+products)
		t.Setenv(variable, old)
		if old == "" {
			os.Unsetenv(variable)
		}
		l, err := load([]string{lib})
		if err != nil {
			t.Fatal(err)
		}
		if got := l.config(); got != "1" {
			t.Errorf("%s=%q: the library was loaded with %s", variable, old, got)
		}
		after := old
		if old == "" {
			after = "-"
		}
		if l.setThreads(0); l.config() != after || os.Getenv(variable) != old {
			t.Errorf("%s was %q, and is %q, in C %q", variable, old, os.Getenv(variable), l.config())
		}
	}
}
