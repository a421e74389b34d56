package onnx

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
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
	return p.tensor(nil)
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

// nodeList has the verdict on each case, below the version of onnx that it is of. STHENO_UPDATE=1 STHENO_LONG=1 writes it anew.
const nodeList = "testdata/nodes.txt"

// TestNodes holds the ops to the tests that ONNX itself has of them: a tenth of them, or with STHENO_LONG=1 all, and whole networks. None
// fails, and those that the list has as passed pass.
func TestNodes(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it starts Python: not with -short")
	}
	interpreter, err := python.With("..", "onnx")
	if err != nil {
		t.Skip(err)
	}
	step, first := 10, rand.IntN(10)
	if os.Getenv("STHENO_LONG") != "" { // half a minute, and 3 GB of memory
		step, first = 1, 0
	}
	t.Logf("each %d-th case from %d on", step, first)
	args := []string{"testdata/nodes.py", filepath.Join(t.TempDir(), "nodes"), fmt.Sprint(step), fmt.Sprint(first)}
	version := "onnx " + strings.TrimSpace(string(runPython(t, interpreter, args...)))
	folders, err := os.ReadDir(args[1])
	if err != nil || len(folders) < 1000/step {
		t.Fatalf("%d cases, %v", len(folders), err)
	}
	e := open(t)
	count := map[string]int{}
	lines := []string{version}
	for _, f := range folders {
		v := judged(t, e, filepath.Join(args[1], f.Name()))
		count[v.what]++
		if strings.HasPrefix(v.name, "network-") {
			t.Log(v)
		} else {
			lines = append(lines, v.String())
		}
		if v.what == "FAILED" {
			t.Error(v)
		}
	}
	t.Logf("%s: %d cases: %v", version, len(folders), count)
	if os.Getenv("STHENO_UPDATE") != "" && step == 1 {
		if err := os.WriteFile(nodeList, []byte(strings.Join(lines, "\n")+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	holdToList(t, version, lines, step == 1)
}

// holdToList compares with the list: to the letter where it is of the same version, else that what passed does so.
func holdToList(t *testing.T, version string, lines []string, all bool) {
	t.Helper()
	content, err := os.ReadFile(nodeList)
	if err != nil {
		t.Fatal(err)
	}
	listed := strings.Split(strings.TrimSpace(string(content)), "\n")
	now := map[string]string{}
	for _, line := range lines[1:] {
		name, what, _ := strings.Cut(line, " ")
		now[name] = what
	}
	for _, line := range listed[1:] {
		name, what, _ := strings.Cut(line, " ")
		if got, ok := now[name]; got != what && (listed[0] == version && (ok || all) || ok && what == "passed") {
			t.Errorf("%s: %s, the list has %s", name, got, what)
		}
	}
	if listed[0] == version && all && len(listed) != len(lines) {
		t.Errorf("%d cases, the list has %d", len(lines)-1, len(listed)-1)
	}
}

// TestNodesListed: the list has what it is said to have, also where no Python is.
func TestNodesListed(t *testing.T) {
	content, err := os.ReadFile(nodeList)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, line := range strings.Split(strings.TrimSpace(string(content)), "\n")[1:] {
		count[strings.Fields(line)[1]]++
	}
	if count["passed"] < 780 || count["passed"]+count["refused"] < 2000 || len(count) != 2 {
		t.Errorf("%v", count)
	}
}
