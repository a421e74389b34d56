package loadertest

import (
	"fmt"
	"testing"
)

// MPI compiles a library in front of an MPI library: the same but for MPIX_Query_cuda_support, which answers with this expression of C. The
// loader looks for symbols in a library first, then in those that it needs.
func MPI(t *testing.T, real, answer string) (path string) {
	t.Helper()
	source := fmt.Sprintf("#include <stdlib.h>\nint MPIX_Query_cuda_support(void) { return %s; }\n", answer)
	return Build(t, "libfront.so", source, "-Wl,--no-as-needed", "-l:"+real)
}
