package cuda_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// toolchain is the folder cuda12 that toolchain.sh made.
func toolchain(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("STHENO_TOOLCHAIN")
	if dir == "" {
		t.Skip("NVRTC and ptxas are not here: run backend/cuda/toolchain.sh FOLDER and set STHENO_TOOLCHAIN=FOLDER/cuda12")
	}
	return dir
}

// The PTX in the tree is what the sources give.
func TestKernelsAreCurrent(t *testing.T) {
	c := exec.Command("python3", "kernels/compile.py", "check")
	c.Env = append(os.Environ(), "NVRTC="+filepath.Join(toolchain(t), "lib", "libnvrtc.so.12"))
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// ptxas takes the kernels, for each generation of GPUs, and keeps the numbers of a kernel's thread in registers, but
// for a few.
func TestKernelsAssemble(t *testing.T) {
	tools := toolchain(t)
	files, err := filepath.Glob("kernels/*.ptx")
	if err != nil || len(files) != 8 {
		t.Fatalf("%d files of PTX, %v", len(files), err)
	}
	for _, file := range files {
		for _, arch := range []string{"sm_70", "sm_80", "sm_90"} {
			args := []string{"-v", "-arch=" + arch, "-o", filepath.Join(t.TempDir(), "cubin"), file}
			functions := strings.Contains(file, "functions") // no entry point; registers of the caller are kept on the stack
			if functions {
				args = append(args, "-c")
			}
			out, err := exec.Command(filepath.Join(tools, "bin", "ptxas"), args...).CombinedOutput()
			if err != nil {
				t.Errorf("%s for %s: %v\n%s", file, arch, err, out)
			}
			for _, line := range strings.Split(string(out), "\n") {
				var stack, stored int
				if n, _ := fmt.Sscanf(strings.TrimSpace(line), "%d bytes stack frame, %d bytes spill stores", &stack, &stored); n == 2 && !functions && stored > 32 {
					t.Errorf("%s for %s: %s", file, arch, strings.TrimSpace(line))
				}
			}
		}
	}
}
