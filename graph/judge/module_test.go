// Package judge holds graph.NewMachine to programs that were written for Gorgonia's TapeMachine and know nothing of Stheno:
// Gorgonia's own tests, its examples, and a module outside of this one. The first two take minutes and need a network:
//
//	STHENO_LONG=1 go test -count=1 -v ./graph/judge
package judge

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func long(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("STHENO_LONG") != "1" {
		t.Skipf("%s: runs with STHENO_LONG=1", what)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// run runs a program in a folder, with these additions to the environment, and returns what it prints.
func run(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	return runWith(t, dir, env, "", name, args...)
}

func runWith(t *testing.T, dir string, env []string, stdin, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Stdin = strings.NewReader(stdin)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.Output()
	if err != nil {
		stderr := ""
		if e := (*exec.ExitError)(nil); errors.As(err, &e) {
			stderr = string(e.Stderr)
		}
		t.Fatalf("%s %s: %v\n%s\n%s", filepath.Base(name), strings.Join(args, " "), err, firstLines(string(out), 10), firstLines(stderr, 25))
	}
	return strings.TrimSpace(string(out))
}

// goModule runs the go command in a module that is not this one; it may complete that module's go.mod and go.sum.
func goModule(t *testing.T, dir string, args ...string) string {
	t.Helper()
	return run(t, dir, []string{"GOWORK=off", "GOFLAGS=-mod=mod"}, "go", args...)
}

// module is the path of the module that is judged.
func module(t *testing.T) string {
	t.Helper()
	return run(t, ".", nil, "go", "list", "-m")
}

// root is its folder.
func root(t *testing.T) string {
	t.Helper()
	return run(t, ".", nil, "go", "list", "-m", "-f", "{{.Dir}}")
}

// copyGorgonia copies Gorgonia's module, in the version that this one requires, into a temporary folder. The copy requires this
// module and draws the same numbers in every process.
func copyGorgonia(t *testing.T) string {
	t.Helper()
	run(t, ".", nil, "go", "mod", "download", "gorgonia.org/gorgonia")
	source, stheno, dir := run(t, ".", nil, "go", "list", "-m", "-f", "{{.Dir}}", "gorgonia.org/gorgonia"), root(t), t.TempDir()
	must(t, os.CopyFS(dir, os.DirFS(source)))
	goModule(t, dir, "mod", "edit", "-go="+run(t, ".", nil, "go", "list", "-m", "-f", "{{.GoVersion}}"), "-require="+module(t)+"@v0.0.0", "-replace="+module(t)+"="+stheno)
	sums, err := os.ReadFile(filepath.Join(stheno, "go.sum"))
	must(t, err)
	f, err := os.OpenFile(filepath.Join(dir, "go.sum"), os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	_, err = f.Write(sums)
	must(t, errors.Join(err, f.Close()))
	fixSeeds(t, dir)
	return dir
}

// fixSeeds counts where Gorgonia seeds a generator from the clock. A random op counts its own draws, for machines run ops in
// different orders.
func fixSeeds(t *testing.T, dir string) {
	t.Helper()
	for file, seed := range map[string]string{"nn.go": "seed()", "weights.go": "seed()", "op_nn.go": "seed(op)"} {
		edit(t, filepath.Join(dir, file), "time.Now().UnixNano()", seed, "\t\"time\"\n", "")
	}
	install(t, "testdata/seed.go", filepath.Join(dir, "seed.go"))
}

// sameDraws lets math/rand draw the same numbers in every process, and rand.Seed be obeyed.
const sameDraws = "GODEBUG=randautoseed=0,randseednop=0"

// edit replaces texts in a file; each must be there.
func edit(t *testing.T, file string, oldNew ...string) {
	t.Helper()
	b, err := os.ReadFile(file)
	must(t, err)
	text := string(b)
	for i := 0; i < len(oldNew); i += 2 {
		if !strings.Contains(text, oldNew[i]) {
			t.Fatalf("%s has no %q: is this another version of Gorgonia?", file, oldNew[i])
		}
		text = strings.ReplaceAll(text, oldNew[i], oldNew[i+1])
	}
	must(t, os.WriteFile(file, []byte(text), 0o644))
}

// install copies a file of testdata.
func install(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	must(t, err)
	must(t, os.MkdirAll(filepath.Dir(to), 0o755))
	must(t, os.WriteFile(to, b, fs.FileMode(0o644)))
}

func firstLines(s string, n int) string {
	lines := strings.SplitAfter(s, "\n")
	if len(lines) > n {
		return strings.Join(lines[:n], "") + fmt.Sprintf("… %d lines more", len(lines)-n)
	}
	return s
}
