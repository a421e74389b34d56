package main

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const root = "../.."

// TestPaths: what is replaced, and what is a longer name.
func TestPaths(t *testing.T) {
	const old, now = "host.org/a", "example.com/b/c"
	for text, want := range map[string]string{
		`import "host.org/a/graph"`:              `import "example.com/b/c/graph"`,
		"module host.org/a\n":                    "module example.com/b/c\n",
		"https://host.org/a, host.org/a.":        "https://example.com/b/c, example.com/b/c.",
		"host.org/ab host.org/a-b my-host.org/a": "host.org/ab host.org/a-b my-host.org/a",
	} {
		if got := string(replacePath([]byte(text), old, now)); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// TestImportsAreSorted: files stay as gofmt leaves them.
func TestImportsAreSorted(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.go")
	must(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module host.org/a\n"), 0o644))
	must(t, os.WriteFile(file, []byte("package a\n\nimport (\n\t_ \"golang.org/x/sys/cpu\"\n\t_ \"host.org/a/b\"\n)\n"), 0o644))
	if code := run([]string{"example.com/a"}, dir, io.Discard, t.Output()); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	got, err := os.ReadFile(file)
	must(t, err)
	if want := "package a\n\nimport (\n\t_ \"example.com/a/b\"\n\t_ \"golang.org/x/sys/cpu\"\n)\n"; string(got) != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// TestRefused: a bad path or place is one line and exit code 2.
func TestRefused(t *testing.T) {
	here, nowhere := t.TempDir(), t.TempDir()
	must(t, os.WriteFile(filepath.Join(here, "go.mod"), []byte("module host.org/a\n"), 0o644))
	for _, c := range []struct {
		args []string
		dir  string
		want string
	}{
		{nil, here, "0 arguments: give the new module path"},
		{[]string{"a.com/b", "c"}, here, "2 arguments"},
		{[]string{"net"}, here, `malformed module path "net": missing dot in first path element: choose a path`},
		{[]string{"example.com/my net"}, here, "invalid char ' '"},
		{[]string{"example.com/net/v1"}, here, "invalid version"},
		{[]string{"https://example.com/net"}, here, "malformed module path"},
		{[]string{"example.com/net"}, nowhere, "no go.mod is here: run it from the top of the repository"},
	} {
		var out, stderr bytes.Buffer
		if code := run(c.args, c.dir, &out, &stderr); code != 2 || !strings.Contains(stderr.String(), c.want) || strings.Count(stderr.String(), "\n") != 1 || out.Len() > 0 {
			t.Errorf("%q: exit code %d, %q, %q; want 2 and a line with %q", c.args, code, out.String(), stderr.String(), c.want)
		}
	}
}

// TestRename: a copy of the tree under another path has nothing of the old one left, and builds a module outside of it
// that imports its packages.
func TestRename(t *testing.T) {
	if testing.Short() {
		t.Skip("it copies the tree and builds from the copy: not with -short")
	}
	const path = "example.com/somebody/net"
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	must(t, err)
	old, _, _ := strings.Cut(strings.TrimPrefix(string(mod), "module "), "\n")
	dir, outside := copied(t), t.TempDir()
	if code := run([]string{path}, dir, io.Discard, t.Output()); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	must(t, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(name)
		if bytes.Contains(text, []byte(old)) {
			t.Errorf("%s has %s yet", name, old)
		}
		return err
	}))

	must(t, os.WriteFile(filepath.Join(outside, "outside.go"), []byte("package outside\n\nimport _ \""+path+"/graph\"\n"), 0o644))
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(outside, "go.sum"), sum, 0o644))
	command(t, outside, "go", "mod", "init", "outside")
	command(t, outside, "go", "mod", "edit", "-require="+path+"@v0.0.0", "-replace="+path+"="+dir)
	command(t, outside, "go", "build", ".")
}

// copied is a copy of the tree, without what git has of it.
func copied(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	entries, err := os.ReadDir(root)
	must(t, err)
	for _, e := range entries {
		from, to := filepath.Join(root, e.Name()), filepath.Join(dir, e.Name())
		switch {
		case e.Name() == ".git":
		case e.IsDir():
			must(t, os.CopyFS(to, os.DirFS(from)))
		default:
			text, err := os.ReadFile(from)
			must(t, err)
			must(t, os.WriteFile(to, text, 0o644))
		}
	}
	return dir
}

// command runs a program in a folder and returns what it prints. It downloads nothing.
func command(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOWORK=off", "GOFLAGS=-mod=mod")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
