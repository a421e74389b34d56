package stheno

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// around is the program around a Go snippet of README.md that is none by itself, by how it starts: what the page says of
// where it stands. SNIPPET is the place.
var around = map[string]string{
	"machine, err := graph.NewMachine(g)": `package main

import (
	"fmt"
	"log"

	_ "github.com/stheno/stheno/backend/cpu"
	"github.com/stheno/stheno/graph"

	"gorgonia.org/gorgonia"
)

func main() {
	g := gorgonia.NewGraph()
	x := gorgonia.NewScalar(g, gorgonia.Float64, gorgonia.WithName("x"), gorgonia.WithValue(3.0))
	y := gorgonia.Must(gorgonia.Square(x))
	SNIPPET
	if err != nil {
		log.Fatal(err)
	}
	defer machine.Close()
	if err := machine.RunAll(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(y.Value())
}
`,
}

// prints is what the snippets print, in their order.
var prints = []string{"0.9", "9\n"}

// TestSnippets: the Go of README.md compiles as it stands there, and runs.
func TestSnippets(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds and runs programs: not with -short")
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range fence.FindAllStringSubmatch(string(readme), -1) {
		if f[1] != "go" {
			continue
		}
		if n == len(prints) {
			t.Fatalf("README.md has a snippet of which nobody knows what it prints:\n%s", f[2])
		}
		if out, err := runSnippet(t, f[2]); err != nil || !strings.Contains(out, prints[n]) {
			t.Errorf("%v; want %q in %q from\n%s", err, prints[n], out, f[2])
		}
		n++
	}
	if n != len(prints) {
		t.Errorf("%d snippets, want %d", n, len(prints))
	}
}

// runSnippet runs a program in a folder of the module that is there for the go command only.
func runSnippet(t *testing.T, snippet string) (string, error) {
	t.Helper()
	for start, program := range around {
		if strings.HasPrefix(snippet, start) {
			snippet = strings.Replace(program, "SNIPPET", snippet, 1)
		}
	}
	dir := t.TempDir()
	file, overlay := filepath.Join(dir, "main.go"), filepath.Join(dir, "overlay.json")
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(here, "snippet", "main.go"): file}})
	if err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string][]byte{file: []byte(snippet), overlay: replace} {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "run", "-overlay", overlay, "./snippet")
	cmd.Env = append(os.Environ(), "GOPROXY=off") // no test downloads anything
	out, err := cmd.CombinedOutput()
	return string(out), err
}
