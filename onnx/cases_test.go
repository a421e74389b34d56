package onnx

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno/stheno/internal/python"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// The folder cases has models with inputs and outputs, as ONNX keeps its own tests. Those of PyTorch are made by
//
//	python3 onnx/testdata/torch_models.py onnx/testdata/cases 1
const cases = "testdata/cases"

// sameNumbers holds the model in a folder to what the folder says that it gives: as a graph, and where it reads one batch and gives rows
// as a net of models. A model of float64 has its factors, such as that of a LeakyRelu, in float32 all the same.
func sameNumbers(t *testing.T, folder string) {
	t.Helper()
	m, err := Load(filepath.Join(folder, "model.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	e := open(t)
	given := map[string]*Tensor{}
	for i, in := range m.Inputs() {
		if given[in.Name], err = readTensor(filepath.Join(folder, fmt.Sprintf("input_%d.pb", i))); err != nil {
			t.Fatal(err)
		}
	}
	want, err := readTensor(filepath.Join(folder, "output_0.pb"))
	if err != nil {
		t.Fatal(err)
	}
	s := m.NewSession(e)
	defer s.Close()
	for range 3 {
		got, err := s.Run(given)
		if err != nil {
			t.Fatal(err)
		}
		if err := closeTo(got[m.Outputs()[0].Name], want, equalNumbers); err != nil {
			t.Fatal(err)
		}
	}
	if len(m.Inputs()) != 1 || len(want.Shape) != 2 {
		return
	}
	net, err := m.Net()
	if err != nil {
		t.Fatal(err)
	}
	model, err := models.New(net, e, dtypeOf(want.DType))
	if err != nil {
		t.Fatal(err)
	}
	defer model.Close()
	in := given[m.Inputs()[0].Name]
	x := tensor.New(tensor.WithShape(in.Shape[0], net.In), tensor.WithBacking(in.Data))
	if err := closeTo(predicted(t, model, x), want, equalNumbers); err != nil {
		t.Errorf("as a net: %v", err)
	}
}

// TestCases: models that PyTorch has exported give its numbers.
func TestCases(t *testing.T) {
	folders, err := os.ReadDir(cases)
	if err != nil || len(folders) < 10 {
		t.Fatalf("%d cases, %v", len(folders), err)
	}
	for _, f := range folders {
		t.Run(f.Name(), func(t *testing.T) { sameNumbers(t, filepath.Join(cases, f.Name())) })
	}
}

// TestTorchLive lets PyTorch itself export networks with weights that nobody has seen yet.
func TestTorchLive(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it starts PyTorch: not with -short")
	}
	interpreter, err := python.With("..", "torch", "onnx", "onnxscript")
	if err != nil {
		t.Skip(err)
	}
	seed := rand.Uint64N(1e6)
	t.Logf("seed %d", seed)
	dir := t.TempDir()
	args := []string{"testdata/torch_models.py", dir, fmt.Sprint(seed)}
	if os.Getenv("STHENO_LONG") == "" {
		args = append(args, "mlp", "convnet")
	}
	version := runPython(t, interpreter, args...)
	folders, err := os.ReadDir(dir)
	if err != nil || len(folders) < 6 {
		t.Fatalf("%d models of PyTorch %s, %v", len(folders), version, err)
	}
	for _, f := range folders {
		t.Run(f.Name(), func(t *testing.T) { sameNumbers(t, filepath.Join(dir, f.Name())) })
	}
}

// TestLayersOfTorch: PyTorch's networks are read as layers where they are some, and else refused by the node that is none.
func TestLayersOfTorch(t *testing.T) {
	for name, want := range map[string]string{ // the layers, or the error
		"torch-mlp-float32-torchscript":     "dense 5, relu, dense 4, sigmoid, dense 3",
		"torch-mlp-float32-dynamo":          "dense 5, relu, dense 4, sigmoid, dense 3",
		"torch-layers-float32-torchscript":  "conv 3x3/2+1 of 4, relu, batchnorm, maxpool 2x2/2, dense 5, tanh, batchnorm, dense 3",
		"torch-layers-float32-dynamo":       "conv 3x3/2+1 of 4, relu, batchnorm, maxpool 2x2/2, dense 5, tanh, batchnorm, dense 3",
		"torch-convnet-float32-torchscript": `node "/5/LeakyRelu": LeakyRelu: there is none like it: it is no layer of a models.Sequential`,
		"torch-residual-float32-dynamo":     `node "node_conv2d_1": Conv: groups, dilated or oblong windows`,
	} {
		m, err := Load(filepath.Join(cases, name, "model.onnx"))
		if err != nil {
			t.Fatal(err)
		}
		if s, _, err := m.Sequential(); err != nil {
			if !strings.HasPrefix(err.Error(), want) {
				t.Errorf("%s: error %v, want %s", name, err, want)
			}
			continue
		} else if got := fmt.Sprint(s.Layers); got != "["+strings.ReplaceAll(want, ", ", " ")+"]" {
			t.Errorf("%s: layers %s, want %s", name, got, want)
		}
		model, _ := ofLayers(t, m, open(t), dtypeOf(m.float()))
		in, err := readTensor(filepath.Join(cases, name, "input_0.pb"))
		if err != nil {
			t.Fatal(err)
		}
		out, err := readTensor(filepath.Join(cases, name, "output_0.pb"))
		if err != nil {
			t.Fatal(err)
		}
		x := tensor.New(tensor.WithShape(in.Shape[0], size(in.Shape[1:])), tensor.WithBacking(in.Data))
		if err := closeTo(predicted(t, model, x), out, equalNumbers); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
