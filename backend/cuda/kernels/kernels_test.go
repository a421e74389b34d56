package kernels_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend/cuda/emit"
	"github.com/stheno/stheno/backend/cuda/kernels"
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

func source(t *testing.T, module string) string {
	t.Helper()
	text, err := kernels.Source(module)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// tensor is the module of tensor cores, for newer GPUs.
const tensor = "tensor_f32"

// Each module unpacks to whole PTX, and packs to a fraction of it.
func TestSource(t *testing.T) {
	for _, module := range kernels.Modules() {
		text := source(t, module)
		target := "sm_70"
		if module == tensor {
			target = "sm_80"
		}
		if !strings.HasPrefix(text, "//") || !strings.Contains(text, ".version 8.0\n.target "+target+"\n") || !strings.HasSuffix(strings.TrimSpace(text), "}") {
			t.Errorf("%s is no whole PTX: %.200q … %q", module, text, text[max(0, len(text)-80):])
		}
		packed, err := kernels.Pack(text)
		if err != nil {
			t.Fatal(err)
		}
		if len(packed) > len(text)/5 {
			t.Errorf("%s: %d bytes are packed into %d", module, len(text), len(packed))
		}
	}
	if _, err := kernels.Source("sums"); err == nil || !strings.HasPrefix(err.Error(), "there are no kernels sums: there are conv_f32, ") {
		t.Errorf("a module that is not there: %v", err)
	}
}

// The headers that come from Go are what Go says.
func TestHeadersAreCurrent(t *testing.T) {
	for name, want := range emit.Headers() {
		got, err := os.ReadFile(name)
		if err != nil || string(got) != want {
			t.Errorf("%s is not what Go says: run go generate ./backend/cuda/kernels (%v)", name, err)
		}
	}
}

// The PTX in the tree is what the sources give.
func TestKernelsAreCurrent(t *testing.T) {
	c := exec.Command("python3", "compile.py", "check")
	c.Env = append(os.Environ(), "NVRTC="+filepath.Join(toolchain(t), "lib", "libnvrtc.so.12"))
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// ptxas takes the kernels, for each generation of GPUs, and keeps the numbers of a kernel's thread in registers, but
// for a few.
func TestKernelsAssemble(t *testing.T) {
	tools := toolchain(t)
	modules := kernels.Modules()
	if sources, err := filepath.Glob("*.cu"); err != nil || len(modules) != 2*len(sources)-1 { // there are no tensor cores for float64
		t.Fatalf("%d modules of %d sources: %v; %v", len(modules), len(sources), modules, err)
	}
	for _, file := range modules {
		path := filepath.Join(t.TempDir(), file+".ptx")
		if err := os.WriteFile(path, []byte(source(t, file)), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, arch := range []string{"sm_70", "sm_80", "sm_90"} {
			if file == tensor && arch == "sm_70" {
				continue
			}
			args := []string{"-v", "-arch=" + arch, "-o", filepath.Join(t.TempDir(), "cubin"), path}
			functions := strings.Contains(file, "functions") // no entry point; registers of the caller are kept on the stack
			if functions {
				args = append(args, "-c")
			}
			out, err := exec.Command(filepath.Join(tools, "bin", "ptxas"), args...).CombinedOutput()
			if err != nil {
				t.Errorf("%s for %s: %v\n%s", file, arch, err, out)
			}
			most := 0
			for _, line := range strings.Split(string(out), "\n") {
				if strings.Contains(line, "Compiling entry function") {
					most = 32
					if strings.Contains(line, "broad") { // on the stack is what lets two blocks be on a multiprocessor
						most = 160
					}
				}
				var stack, stored int
				if n, _ := fmt.Sscanf(strings.TrimSpace(line), "%d bytes stack frame, %d bytes spill stores", &stack, &stored); n == 2 && !functions && stored > most {
					t.Errorf("%s for %s: %s", file, arch, strings.TrimSpace(line))
				}
			}
		}
	}
}
