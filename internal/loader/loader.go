//go:build !static && (darwin || (linux && (cgo || 386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64)))

package loader

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/ebitengine/purego"
)

// First loads the first of the libraries that is taken. A name without a folder is found by the system's loader; one that begins with
// $CONDA_PREFIX is passed over where that is not set. Take gets a library's name and handle and says why it cannot be used, or ""; one that is
// refused is closed again. The error is the names that were tried, and of each why it was not taken.
func First[L any](names []string, mode int, take func(name string, file uintptr) (l L, why string)) (L, error) {
	runtime.LockOSThread() // the system's loader keeps its last error by thread
	defer runtime.UnlockOSThread()
	var refused []refusal
	for _, name := range names {
		if strings.HasPrefix(name, "$CONDA_PREFIX") && os.Getenv("CONDA_PREFIX") == "" {
			continue
		}
		name = os.ExpandEnv(name)
		file, err := purego.Dlopen(name, mode)
		if err != nil {
			why := strings.TrimPrefix(strings.Join(strings.Fields(err.Error()), " "), name+": ")
			refused = append(refused, refusal{name, why})
			continue
		}
		l, why := take(name, file)
		if why == "" {
			return l, nil
		}
		purego.Dlclose(file)
		refused = append(refused, refusal{name, why})
	}
	var none L
	return none, errors.New(reasons(refused))
}

// refusal is a library that was not taken.
type refusal struct{ name, why string }

// reasons puts names with the same reason together.
func reasons(refused []refusal) string {
	var list strings.Builder
	for i, r := range refused {
		if i > 0 && r.why == refused[i-1].why {
			list.WriteString(", ")
		} else if i > 0 {
			fmt.Fprintf(&list, ": %s; ", refused[i-1].why)
		}
		list.WriteString(r.name)
		if i == len(refused)-1 {
			list.WriteString(": " + r.why)
		}
	}
	return list.String()
}
