package onnx

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/internal/python"
)

// verdict is what became of a test of the format's: passed, refused with the reason, or failed.
type verdict struct{ name, what, why string }

func (v verdict) String() string {
	return strings.TrimSpace(strings.Join([]string{v.name, v.what, v.why}, " "))
}

// judged runs the case in a folder: a model with its inputs and outputs.
func judged(t *testing.T, e backend.Engine, folder string) verdict {
	t.Helper()
	v := verdict{name: filepath.Base(folder)}
	m, err := Load(filepath.Join(folder, "model.onnx"))
	if err == nil {
		err = m.agrees(t, e, folder)
	}
	var unsupported *UnsupportedError
	var unread *unreadType
	switch {
	case err == nil:
		v.what = "passed"
	case errors.As(err, &unsupported):
		v.what, v.why = "refused", unsupported.Op+": "+unsupported.Why
	case errors.As(err, &unread):
		v.what, v.why = "refused", err.Error()
	default:
		v.what, v.why = "FAILED", err.Error()
	}
	if strings.Contains(v.why, "\n") {
		t.Errorf("%s: not one line: %s", v.name, v.why)
	}
	return v
}

// agrees runs the model on the inputs of a folder and holds it to the outputs, as the format's own runner does.
func (m *Model) agrees(t *testing.T, e backend.Engine, folder string) error {
	t.Helper()
	given := map[string]*Tensor{}
	for i, in := range m.Inputs() {
		if elementBytes[in.DType] == 0 {
			return &UnsupportedError{in.Name, "input", in.DType.String()}
		}
		v, err := readTensor(filepath.Join(folder, fmt.Sprintf("input_%d.pb", i)))
		if err != nil {
			return err
		}
		given[in.Name] = v
	}
	s := m.NewSession(e)
	defer s.Close()
	var got map[string]*Tensor
	for range 3 {
		var err error
		if got, err = s.Run(given); err != nil {
			return err
		}
	}
	for i, out := range m.Outputs() {
		want, err := readTensor(filepath.Join(folder, fmt.Sprintf("output_%d.pb", i)))
		if err != nil {
			return err
		}
		if err := near(got[out.Name], want, 1e-3, 1e-6); err != nil {
			return fmt.Errorf("output %q: %w", out.Name, err)
		}
	}
	return nil
}

// near holds numbers to others: to a share of those, and to a distance.
func near(got, want *Tensor, relative, absolute float64) error {
	if got.DType != want.DType || !slices.Equal(got.Shape, want.Shape) {
		return fmt.Errorf("%s of shape %v, not %s of %v", got.DType, got.Shape, want.DType, want.Shape)
	}
	a, b := reals(got), reals(want)
	for i := range b {
		if !(math.Abs(a[i]-b[i]) <= absolute+relative*math.Abs(b[i])) && !(math.IsNaN(a[i]) && math.IsNaN(b[i])) && a[i] != b[i] {
			return fmt.Errorf("element %d of %v is %g, not %g", i, want.Shape, a[i], b[i])
		}
	}
	return nil
}

func readTensor(path string) (*Tensor, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p := &tensorProto{}
	if err := (&reader{}).message(p, content); err != nil {
		return nil, err
	}
	return p.tensor()
}

func open(t *testing.T) backend.Engine {
	t.Helper()
	e, err := backend.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

const nodeList = "testdata/nodes.txt"

// TestNodes holds the ops to the tests that ONNX itself has of them. None fails; those that the list has as passed pass.
func TestNodes(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts Python: not with -short")
	}
	interpreter, err := python.With("..", "onnx")
	if err != nil {
		t.Skip(err)
	}
	dir := filepath.Join(t.TempDir(), "nodes")
	version := runPython(t, interpreter, "testdata/nodes.py", dir)
	folders, err := os.ReadDir(dir)
	if err != nil || len(folders) < 1000 {
		t.Fatalf("%d cases, %v", len(folders), err)
	}
	e := open(t)
	count := map[string]int{}
	var lines []string
	for _, f := range folders {
		v := judged(t, e, filepath.Join(dir, f.Name()))
		count[v.what]++
		lines = append(lines, v.String())
		if v.what == "FAILED" {
			t.Error(v)
		}
	}
	sort.Strings(lines)
	t.Logf("onnx %s: %d cases: %v", strings.TrimSpace(string(version)), len(folders), count)
	if os.Getenv("STHENO_UPDATE") != "" {
		if err := os.WriteFile(nodeList, []byte(strings.Join(lines, "\n")+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
