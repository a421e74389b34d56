package models_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stheno/stheno/checkpoint"
	"github.com/stheno/stheno/internal/python"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// torchNets are the nets of testdata/pytorch/make.py, as lists of layers.
var torchNets = map[string]models.Sequential{
	"mlp": {Name: "mlp", In: []int{6}, Layers: []models.Layer{models.Dense(5), models.Activate("tanh"), models.Dense(4), models.Activate("tanh"), models.Dense(3)}},
	"conv": {Name: "conv", In: []int{2, 4, 5}, Layers: []models.Layer{models.Conv{Filters: 3, Size: 3, Pad: 1}, models.BatchNorm{}, models.Activate("relu"),
		models.MaxPool{Size: 2}, models.Dense(4), models.BatchNorm{}, models.Activate("relu"), models.Dropout(0.5), models.Dense(3)}},
	"deep": {Name: "deep", In: []int{3}, Layers: []models.Layer{models.Dense(3), models.Dense(3), models.Dense(3), models.Dense(3), models.Dense(3), models.Dense(3),
		models.Dense(3), models.Dense(3), models.Dense(3), models.Dense(3), models.Dense(3), models.Dense(3)}},
}

// holdToPyTorch loads all files of a folder and holds what the models answer to what PyTorch does.
func holdToPyTorch(t *testing.T, folder string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "answers.json"))
	if err != nil {
		t.Fatal(err)
	}
	var answers map[string]struct{ X, Y []float64 }
	if err := json.Unmarshal(text, &answers); err != nil {
		t.Fatal(err)
	}
	if len(answers) != 3*len(torchNets) {
		t.Errorf("%d answers", len(answers))
	}
	for name, a := range answers {
		s := torchNets[name[:strings.Index(name, "-")]]
		f, err := models.Open(filepath.Join(folder, name+".safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		if f, err = f.PyTorch(s); err != nil {
			t.Fatal(err)
		}
		net, err := s.Net()
		if err != nil {
			t.Fatal(err)
		}
		m := ofType(t, net, tensor.Float64)
		if err := f.Into(m); err != nil {
			t.Fatal(err)
		}
		y, err := m.Predict(dense(tensor.Float64, 2, net.In, a.X))
		if err != nil {
			t.Fatal(err)
		}
		if d := far(y.Float64s(), a.Y); d > 1e-6 { // PyTorch computes in float32
			t.Errorf("%s: %v off: %v, want %v", name, d, y, a.Y)
		}
	}
}

// TestPyTorchFiles: nets that PyTorch has saved, in its names and its layout, answer as they do there.
func TestPyTorchFiles(t *testing.T) { holdToPyTorch(t, filepath.Join("testdata", "pytorch")) }

// torchInterpreter is a Python with PyTorch and safetensors; without one the test is skipped.
func torchInterpreter(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("it starts PyTorch: not with -short")
	}
	interpreter, err := python.With("..", "torch", "safetensors")
	if err != nil {
		t.Skip(err)
	}
	return interpreter
}

func runPython(t *testing.T, interpreter string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(interpreter, args...)
	cmd.Env, cmd.Stderr = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1"), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestPyTorchLive: the same of nets that nobody has seen yet.
func TestPyTorchLive(t *testing.T) {
	interpreter, seed, dir := torchInterpreter(t), rand.Uint64N(1e6), t.TempDir()
	t.Logf("seed %d", seed)
	runPython(t, interpreter, filepath.Join("testdata", "pytorch", "make.py"), dir, fmt.Sprint(seed))
	holdToPyTorch(t, dir)
}

// TestPyTorchReadsOurs: the lines of README open our file in PyTorch, and answer as the model does.
func TestPyTorchReadsOurs(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile("(?s)```python\n(.*?)```").FindSubmatch(readme)
	if lines == nil {
		t.Fatal("README has no lines of Python")
	}
	interpreter, dir := torchInterpreter(t), t.TempDir()
	m := mlp(t, 1, tensor.Float32, 9, 7, 3)
	if err := models.Save(filepath.Join(dir, "model.safetensors"), m); err != nil {
		t.Fatal(err)
	}
	program := "import json, os, torch\nos.chdir(" + fmt.Sprintf("%q", dir) + ")\nx = torch.tensor([[i % 4 / 4 for i in range(9)]])\n" +
		string(lines[1]) + "print(json.dumps(scores.softmax(1)[0].tolist()))"
	var got []float64
	if err := json.Unmarshal(runPython(t, interpreter, "-c", program), &got); err != nil {
		t.Fatal(err)
	}
	if want := prediction(t, m); len(got) != len(want) || far(got, want) > 1e-6 {
		t.Errorf("PyTorch answers %v, the model %v", got, want)
	}
}

// TestPyTorchMistakes: what does not fit is one line that names the file, what is in it and what to do.
func TestPyTorchMistakes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "net.safetensors")
	two := models.Sequential{Name: "two", In: []int{2}, Layers: []models.Layer{models.Dense(2), models.Dense(2)}}
	w, b := []float32{1, 2, 3, 4}, []float32{1, 2}
	module := func(name string) []checkpoint.Tensor {
		return []checkpoint.Tensor{{Name: name + ".weight", Shape: []int{2, 2}, Data: w}, {Name: name + ".bias", Shape: []int{2}, Data: b}}
	}
	for _, c := range []struct {
		ts      []checkpoint.Tensor
		meta    map[string]string
		modules []string
		want    string
	}{
		{append(module("fc2"), module("fc1")...), nil, nil, ""},
		{append(module("body.0"), module("a.0")...), nil, []string{"body.0", "a.0"}, ""},
		{module("0"), nil, nil, "the net has 2 layers with parameters, dense 2, dense 2, and the file 1 modules: it has 0.weight (2x2), 0.bias (2): choose the layers that it was saved from, or name the modules in their order, such as pytorch:0"},
		{append(module("0"), module("1")[0]), nil, nil, "it has no tensor 1.bias, of layer dense 2: it has 0.weight (2x2), 0.bias (2), 1.weight (2x2)"},
		{append(module("0"), module("1")...), nil, []string{"0", "2"}, "it has no tensor 2.weight, of layer dense 2: it has 0.weight (2x2), 0.bias (2), 1.weight (2x2), 1.bias (2)"},
		{append(append(module("0"), module("1")...), checkpoint.Tensor{Name: "1.scale", Shape: []int{2}, Data: b}), nil, nil, "no layer of the net takes 1.scale: choose the layers that it was saved from"},
		{append(module("0"), module("1")...), map[string]string{"format": "stheno"}, nil, "it is a file of Stheno's own: load it without -import"},
	} {
		if err := checkpoint.Save(path, c.ts, c.meta); err != nil {
			t.Fatal(err)
		}
		f, err := models.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.PyTorch(two, c.modules...)
		if want := path + ": " + c.want; (c.want != "" || err != nil) && fmt.Sprint(err) != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	if err := checkpoint.Save(path, append(module("0"), module("1")...), nil); err != nil {
		t.Fatal(err)
	}
	want := path + ": it has no tensor W1 (2x2): it has 0.weight (2x2), 0.bias (2), 1.weight (2x2), 1.bias (2): it was saved from another net, or by PyTorch (-import pytorch, File.PyTorch)"
	net, _ := two.Net()
	if err := loadInto(path, ofType(t, net, tensor.Float32)); fmt.Sprint(err) != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
