package judge

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/graph" // registers the engines, and lets go test see that what is judged has changed
)

// The line of the program in testdata/outside that a user changes.
const (
	tapeLine   = "m := gorgonia.NewTapeMachine(g)"
	sthenoLine = "m, err := graph.NewMachine(g)"
	namedLine  = "m, err := graph.NewMachine(g, graph.Backend(os.Args[1]))"
)

// TestOutsideModule: a user's program with Gorgonia, tensor and this graph package as its only imports, in a module of its own, with one
// line changed, prints what it printed on the TapeMachine. It is built with and without cgo.
func TestOutsideModule(t *testing.T) {
	dir := t.TempDir()
	stheno := root(t)
	install(t, filepath.Join(stheno, "go.sum"), filepath.Join(dir, "go.sum"))
	goModule(t, dir, "mod", "init", "outside")
	goModule(t, dir, "mod", "edit", "-require="+module(t)+"@v0.0.0", "-replace="+module(t)+"="+stheno)
	for name, line := range map[string]string{"tape": tapeLine, "plain": sthenoLine, "named": namedLine} {
		main := filepath.Join(dir, name, "main.go")
		install(t, "testdata/outside/main.go", main)
		if line != tapeLine {
			edit(t, main, tapeLine, line, "\t\"gorgonia.org/tensor\"\n", "\t\"gorgonia.org/tensor\"\n\t\"github.com/stheno/stheno/graph\"\n")
		}
	}
	goModule(t, dir, "build", "-o", "bin/", "./...")
	want := run(t, dir, nil, filepath.Join(dir, "bin", "tape"))
	if got := strings.Count(want, "\n"); got != 19 {
		t.Fatalf("the TapeMachine prints %d lines:\n%s", got+1, want)
	}
	for _, c := range []struct{ name, program, backend string }{{"the line as it stands", "plain", "go"}, {"go", "named", "go"}, {"blas", "named", "blas"}} {
		t.Run(c.name, func(t *testing.T) {
			needEngine(t, c.backend)
			if got := run(t, dir, nil, filepath.Join(dir, "bin", c.program), c.backend); got != want {
				t.Errorf("it prints\n%s\nthe TapeMachine\n%s", got, want)
			}
		})
	}
	t.Run("cuda", func(t *testing.T) { withoutCUDA(t, filepath.Join(dir, "bin", "named")) })
	t.Run("without cgo", func(t *testing.T) {
		run(t, dir, []string{"CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=-mod=mod"}, "go", "build", "-o", "static", "./named")
		for _, name := range []string{"go", "blas"} {
			t.Run(name, func(t *testing.T) {
				needEngine(t, name)
				if got := run(t, dir, nil, filepath.Join(dir, "static"), name); got != want {
					t.Errorf("it prints\n%s\nthe TapeMachine\n%s", got, want)
				}
			})
		}
	})
}

// withoutCUDA: built without the tag, the engine cuda is one line of error that says what to do, and the program's own exit code.
func withoutCUDA(t *testing.T, program string) {
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(program, "cuda")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	line := strings.TrimSuffix(stderr.String(), "\n")
	if cmd.ProcessState.ExitCode() != 3 || stdout.Len() > 0 || strings.Contains(line, "\n") || !strings.Contains(line, "-tags cuda") {
		t.Errorf("%v, stdout %q, stderr %q; want exit code 3 and a line that names the tag", err, &stdout, line)
	}
}

// needEngine skips the test by name where the machine has no such engine.
func needEngine(t *testing.T, name string) {
	t.Helper()
	e, err := backend.Open(name)
	if err != nil {
		t.Skipf("the engine %q is not judged: %v", name, err)
	}
	must(t, e.Close())
}
