package onnx

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/internal/python"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// netsOfModels are nets with all kinds of layers and what they can be asked for.
func netsOfModels(t *testing.T) map[string]models.Sequential {
	t.Helper()
	image := models.Image{Channels: 1, Height: 28, Width: 28}
	mlp := func(activation string, widths ...int) models.Sequential {
		s, err := models.MLP{Widths: widths, Activation: activation, Seed: 1}.Sequential()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	small := func(name string, layers ...models.Layer) models.Sequential {
		return models.Sequential{Name: name, In: []int{3, 9, 7}, Layers: append(layers, models.Dense(4)), Seed: 2}
	}
	nets := map[string]models.Sequential{
		"twolayer": mlp("sigmoid", 20, 7, 5), "plain": mlp("sigmoid", 12, 3),
		"batchnorm":   mlp("relu", 20, 9, 8, 4).WithBatchNorm().WithDropout(0.3),
		"simpleconv":  models.SimpleConvNet(image, 10, 10),
		"deepconv":    models.DeepConvNet(image, 10, 10),
		"strides":     small("strides", models.Conv{Filters: 4, Size: 3, Pad: 2, Stride: 2}, models.Activate("tanh")),
		"overlapping": small("overlapping", models.Conv{Filters: 5, Size: 2}, models.MaxPool{Size: 3, Stride: 2}, models.Activate("relu")),
		"imagenorm":   small("imagenorm", models.Conv{Filters: 5, Size: 3, Pad: 1}, models.BatchNorm{}, models.Activate("relu"), models.MaxPool{Size: 2}, models.Dropout(0.5)),
	}
	values := mlp("relu", 7, 6, 2)
	values.Regression = true
	nets["values"] = values
	for _, a := range models.ActivationNames() {
		nets["mlp of "+a] = mlp(a, 6, 5, 4, 3)
	}
	return nets
}

// learnedModel is a net with random parameters and statistics.
func learnedModel(t *testing.T, e backend.Engine, s models.Sequential, dt tensor.Dtype) *models.Model {
	t.Helper()
	net, err := s.Net()
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.New(net, e, dt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	learned, err := m.Learned()
	if err != nil {
		t.Fatal(err)
	}
	r, values := models.NewRand(3), map[string][]float64{}
	for _, p := range learned {
		v := models.Normal(r, p.Size(), math.Sqrt(2/float64(p.Size()/p.Shape[len(p.Shape)-1]+1)))
		if strings.HasSuffix(p.Name, ".variance") {
			for i := range v {
				v[i] = 0.5 + math.Abs(v[i])
			}
		}
		values[p.Name] = v
	}
	if err := m.SetParams(values); err != nil {
		t.Fatal(err)
	}
	return m
}

// samples is a batch for a model, as rows.
func samples(m *models.Model, batch int) (*tensor.Dense, []float64) {
	v := models.Normal(models.NewRand(4), batch*m.Net.In, 1)
	var backing any = v
	if m.DType == tensor.Float32 {
		narrow := converted[float32](v)
		v, backing = converted[float64](narrow), narrow
	}
	return tensor.New(tensor.WithShape(batch, m.Net.In), tensor.WithBacking(backing)), v
}

// predicted is what a model makes of a batch.
func predicted(t *testing.T, m *models.Model, x *tensor.Dense) *Tensor {
	t.Helper()
	y, err := m.Predict(x)
	if err != nil {
		t.Fatal(err)
	}
	out := &Tensor{DType: Float32, Shape: y.Shape(), Data: y.Data()}
	if m.DType == tensor.Float64 {
		out.DType = Float64
	}
	return out
}

// closeTo holds numbers to others by the largest of those.
func closeTo(got, want *Tensor, tolerance float64) error {
	largest := 0.
	for _, v := range reals(want) {
		largest = math.Max(largest, math.Abs(v))
	}
	return near(got, want, 0, tolerance*largest)
}

const equalNumbers = 1e-6 // of the largest

// exported are all nets in both types of numbers, by names of folders.
func exported(t *testing.T) map[string]*models.Model {
	t.Helper()
	e := open(t)
	all := map[string]*models.Model{}
	for name, s := range netsOfModels(t) {
		for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			all[fmt.Sprint(name, " ", dt)] = learnedModel(t, e, s, dt)
		}
	}
	return all
}

// exportedModel is what Export writes, read again.
func exportedModel(t *testing.T, m *models.Model) *Model {
	t.Helper()
	written, err := Export(m)
	if err != nil {
		t.Fatal(err)
	}
	read, err := Decode(written.Encode())
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// TestRoundTrip: every net of models comes back from ONNX with its numbers, run as a graph and as a net, for batches of any size.
func TestRoundTrip(t *testing.T) {
	e := open(t)
	for name, m := range exported(t) {
		t.Run(name, func(t *testing.T) {
			read := exportedModel(t, m)
			if !strings.HasPrefix(read.Producer, "Stheno ") || read.Opset != Opset || read.Metadata[models.AboutLayers] == "" {
				t.Errorf("by %q, opset %d, metadata %v", read.Producer, read.Opset, read.Metadata)
			}
			s := read.NewSession(e)
			defer s.Close()
			net, err := read.Net()
			if err != nil {
				t.Fatal(err)
			}
			other, err := models.New(net, e, m.DType)
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close()
			for _, batch := range []int{1, 3} {
				x, v := samples(m, batch)
				want := predicted(t, m, x)
				got, err := s.Run(map[string]*Tensor{"x": typed(want.DType, append([]int{batch}, m.Net.Sample()...), v)})
				if err != nil {
					t.Fatal(err)
				}
				if err := closeTo(got["y"], want, equalNumbers); err != nil {
					t.Error(err)
				}
				if err := closeTo(predicted(t, other, x), want, equalNumbers); err != nil {
					t.Errorf("as a net: %v", err)
				}
			}
		})
	}
}

// ofLayers is a model of what Sequential reads.
func ofLayers(t *testing.T, read *Model, e backend.Engine, dt tensor.Dtype) (*models.Model, models.Sequential) {
	t.Helper()
	s, values, err := read.Sequential()
	if err != nil {
		t.Fatal(err)
	}
	net, err := s.Net()
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.New(net, e, dt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	if err := m.SetParams(values); err != nil {
		t.Fatal(err)
	}
	return m, s
}

// TestLayers: what Export writes is read as the same layers, with the same numbers to the last bit.
func TestLayers(t *testing.T) {
	e := open(t)
	for name, m := range exported(t) {
		other, s := ofLayers(t, exportedModel(t, m), e, m.DType)
		if got, want := other.Net.About[models.AboutLayers], strings.ReplaceAll(m.Net.About[models.AboutLayers], "identity, ", ""); got != want || s.Regression != m.Net.Regression() {
			t.Errorf("%s: layers %q, want %q", name, got, want)
		}
		x, _ := samples(m, 2)
		if got, want := predicted(t, other, x), predicted(t, m, x); near(got, want, 0, 0) != nil {
			t.Errorf("%s: %v", name, near(got, want, 0, 0))
		}
	}
}

// TestExportLive: ONNX's checker takes what Export writes, and ONNX Runtime computes our numbers from it.
func TestExportLive(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it starts Python: not with -short")
	}
	interpreter, err := python.With("..", "onnx", "onnxruntime")
	if err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	all, want := exported(t), map[string]*Tensor{}
	for name, m := range all {
		folder := filepath.Join(dir, name)
		if err := os.Mkdir(folder, 0o777); err != nil {
			t.Fatal(err)
		}
		model, err := Export(m)
		if err != nil {
			t.Fatal(err)
		}
		if err := model.Save(filepath.Join(folder, "model.onnx")); err != nil {
			t.Fatal(err)
		}
		x, v := samples(m, 5)
		want[name] = predicted(t, m, x)
		in := typed(want[name].DType, append([]int{5}, m.Net.Sample()...), v)
		if err := os.WriteFile(filepath.Join(folder, "input_0.pb"), encode(in.proto("x")), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	out := runPython(t, interpreter, "testdata/run.py", dir)
	var ran map[string]string
	if err := json.Unmarshal(out, &ran); err != nil || len(ran) != len(all) {
		t.Fatalf("%v: %s", err, out)
	}
	runtime := 0
	for name := range all {
		got, err := readTensor(filepath.Join(dir, name, "output_0.pb"))
		if err != nil {
			t.Fatal(err)
		}
		if err := closeTo(got, want[name], equalNumbers); err != nil {
			t.Errorf("%s by %s: %v", name, ran[name], err)
		}
		if strings.HasPrefix(ran[name], "onnxruntime") {
			runtime++
		} else if !strings.HasSuffix(name, "float64") {
			t.Errorf("%s was run by %s", name, ran[name])
		}
	}
	t.Logf("%d models, %d of them run by ONNX Runtime, the others (convolutions of float64) by ONNX's reference", len(all), runtime)
}

func runPython(t *testing.T, interpreter string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(interpreter, args...)
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		t.Fatalf("%v: %s", err, failed.Stderr)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}
