package models_test

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend/backendtest"
	"github.com/stheno/stheno/checkpoint"
	"github.com/stheno/stheno/graph"
	"github.com/stheno/stheno/models"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// mlp is a model of these layers with weights that the seed draws.
func mlp(t *testing.T, seed uint64, dt tensor.Dtype, widths ...int) *models.Model {
	t.Helper()
	return mlpOf(t, models.MLP{Widths: widths, Std: 0.3, Seed: seed}, dt)
}

func mlpOf(t *testing.T, m models.MLP, dt tensor.Dtype) *models.Model {
	t.Helper()
	net, err := m.Net()
	if err != nil {
		t.Fatal(err)
	}
	return ofType(t, net, dt)
}

func ofType(t *testing.T, net models.Net, dt tensor.Dtype) *models.Model {
	t.Helper()
	m, err := models.New(net, backendtest.NoLeaks(t, openEngine(t, "go")), dt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

// loadInto gives a model what a file has.
func loadInto(path string, m *models.Model) error {
	f, err := models.Open(path)
	if err != nil {
		return err
	}
	return f.Into(m)
}

// TestCheckpoint: parameters come back to the last bit, also into the other float type, and nothing is changed by a
// file that does not fit.
func TestCheckpoint(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.safetensors")
	m := mlp(t, 1, tensor.Float32, 16, 8, 4)
	if err := models.Save(path, m); err != nil {
		t.Fatal(err)
	}
	want, err := m.Params()
	if err != nil {
		t.Fatal(err)
	}
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		other := mlp(t, 2, dt, 16, 8, 4)
		if err := loadInto(path, other); err != nil {
			t.Fatal(err)
		}
		got, err := other.Params()
		if err != nil {
			t.Fatal(err)
		}
		for name := range want {
			for i := range want[name] {
				if got[name][i] != want[name][i] {
					t.Fatalf("%v: %s[%d] = %v, was %v", dt, name, i, got[name][i], want[name][i])
				}
			}
		}
	}
	deeper := mlp(t, 1, tensor.Float32, 16, 8, 8, 4)
	before, _ := deeper.Params()
	if err := loadInto(path, deeper); err == nil || !strings.Contains(err.Error(), "W2 is 8x4, the net has 8x8") {
		t.Errorf("error %v", err)
	}
	after, _ := deeper.Params()
	if before["W1"][0] != after["W1"][0] {
		t.Error("a file that does not fit changed a parameter")
	}
	if err := checkpoint.Save(path, []checkpoint.Tensor{{Name: "W9", Shape: []int{1}, Data: []float32{1}}}, nil); err != nil {
		t.Fatal(err)
	}
	if err := loadInto(path, m); err == nil || !strings.Contains(err.Error(), "it has no tensor W1") {
		t.Errorf("error %v", err)
	}
}

// small is a file of the parameters of a net of 2 inputs and 2 classes, with what it says of itself.
func small(t *testing.T, w1, b1 any, meta map[string]string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "small.safetensors")
	if err := checkpoint.Save(path, []checkpoint.Tensor{{Name: "W1", Shape: []int{2, 2}, Data: w1}, {Name: "b1", Shape: []int{2}, Data: b1}}, meta); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestCheckpointOfNoNumbers: what is no number, or would become none, is refused with the tensor and the element, and
// changes nothing.
func TestCheckpointOfNoNumbers(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		w1, b1 any
		dt     tensor.Dtype
		want   string // empty if it is read
	}{
		{[]float64{1, 2, nan, 4}, []float64{1, 2}, tensor.Float64, "W1[1 0] is NaN: parameters must be finite numbers"},
		{[]float64{1, 2, 3, 4}, []float64{1, -inf}, tensor.Float32, "b1[1] is -Inf: parameters must be finite numbers"},
		{[]float32{1, 2, 3, float32(inf)}, []float32{1, 2}, tensor.Float32, "W1[1 1] is +Inf: parameters must be finite numbers"},
		{[]float64{1, 1e300, 3, 4}, []float64{1, 2}, tensor.Float32, "W1[0 1] is 1e+300, more than float32 holds: read the file as float64"},
		{[]float64{1, 2, 3, 4}, []float64{-3.5e38, 2}, tensor.Float32, "b1[0] is -3.5e+38, more than float32 holds"},
		{[]float64{1, 1e300, 3, 4}, []float64{1, 2}, tensor.Float64, ""},
		{[]float64{1, 3.4e38, 1e-300, 4}, []float64{1, 2}, tensor.Float32, ""},
	} {
		m := mlp(t, 1, c.dt, 2, 2)
		before, err := m.Params()
		if err != nil {
			t.Fatal(err)
		}
		path := small(t, c.w1, c.b1, nil)
		err = loadInto(path, m)
		if c.want == "" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		if err == nil || !strings.HasPrefix(err.Error(), path+": "+c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
		if after, _ := m.Params(); after["W1"][0] != before["W1"][0] || after["b1"][0] != before["b1"][0] {
			t.Errorf("%s: a parameter changed", c.want)
		}
	}
	m := mlp(t, 1, tensor.Float32, 2, 2)
	if err := m.SetParam("b1", []float64{0, nan}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x")
	if err := models.Save(path, m); err == nil || err.Error() != path+": not written: b1[1] is NaN: parameters must be finite numbers" {
		t.Errorf("error %v", err)
	}
}

// TestCheckpointSaysItsNet: a file tells what its parameters do not, and is not read into a net that contradicts it; a file
// of before, or of another program, tells nothing and is read.
func TestCheckpointSaysItsNet(t *testing.T) {
	relu := models.MLP{Widths: []int{16, 8, 5, 4}, Activation: "relu", Std: 0.3, Seed: 1}
	path := filepath.Join(t.TempDir(), "relu.safetensors")
	if err := models.Save(path, mlpOf(t, relu, tensor.Float64)); err != nil {
		t.Fatal(err)
	}
	f, err := models.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"format": "stheno", "version": "1", "net": "mlp", "dtype": "float64", "activation": "relu", "hidden": "8,5", "loss": "softmax cross-entropy",
	} {
		if f.About[key] != want {
			t.Errorf("%s: %q, want %q", key, f.About[key], want)
		}
	}
	if err := f.Into(mlpOf(t, relu, tensor.Float32)); err != nil {
		t.Error(err)
	}
	tanh := relu
	tanh.Activation, tanh.Seed = "tanh", 2
	other := mlpOf(t, tanh, tensor.Float32)
	before, _ := other.Params()
	if err := f.Into(other); err == nil || err.Error() != path+`: its activation is "relu", the net's "tanh": choose the net that it was saved from` {
		t.Errorf("error %v", err)
	}
	if after, _ := other.Params(); before["W1"][0] != after["W1"][0] || before["b1"][0] != after["b1"][0] {
		t.Error("a file of another activation changed a parameter")
	}
	w, b := []float32{1, 2, 3, 4}, []float32{1, 2}
	for _, meta := range []map[string]string{nil, {"net": "mlp", "format": "stheno"}, {"format": "pt", "activation": "relu", "version": "7"}} {
		m := mlp(t, 1, tensor.Float32, 2, 2)
		if err := loadInto(small(t, w, b, meta), m); err != nil {
			t.Errorf("%v: %v", meta, err)
		}
	}
	if _, err := models.Open(small(t, w, b, map[string]string{"format": "stheno", "version": "2"})); err == nil || !strings.HasSuffix(err.Error(),
		`it has version "2" of Stheno's format, this program reads 1: take a newer program`) {
		t.Errorf("error %v", err)
	}
}

// TestCheckpointSaysItsLayers: two nets whose parameters have the same shapes are told apart by their layers. Dropout, which evaluation
// does not know, makes no difference.
func TestCheckpointSaysItsLayers(t *testing.T) {
	net := func(pool int, more ...models.Layer) *models.Model {
		layers := append([]models.Layer{models.Conv{Filters: 2, Size: 2}, models.Activate("relu"), models.MaxPool{Size: pool}}, more...)
		n, err := models.Sequential{Name: "conv", In: []int{1, 4, 4}, Layers: append(layers, models.Dense(3))}.Net()
		if err != nil {
			t.Fatal(err)
		}
		return ofType(t, n, tensor.Float32)
	}
	path := filepath.Join(t.TempDir(), "conv.safetensors")
	if err := models.Save(path, net(3)); err != nil {
		t.Fatal(err)
	}
	if err := loadInto(path, net(3, models.Dropout(0.5))); err != nil {
		t.Error(err)
	}
	want := path + `: its layers is "conv 2x2/1+0 of 2, relu, maxpool 3x3/3, dense 3", the net's "conv 2x2/1+0 of 2, relu, maxpool 2x2/2, dense 3": choose the net that it was saved from`
	if err := loadInto(path, net(2)); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// TestCheckpointOfBatchNorm: the running statistics go with the parameters, for the answers depend on them.
func TestCheckpointOfBatchNorm(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.safetensors")
	net := models.Net{Name: "bn", In: 16, Out: 4,
		Params: []models.Param{{Name: "W", Shape: []int{16, 4}, Init: models.Normal(models.NewRand(1), 64, 0.1)},
			{Name: "gamma", Shape: []int{1, 16}, Init: slices.Repeat([]float64{1}, 16)}, {Name: "beta", Shape: []int{1, 16}}},
		Scores: func(x *gorgonia.Node, p gorgonia.Nodes) (*gorgonia.Node, error) {
			n, _, _, _, err := gorgonia.BatchNorm(x, p[1], p[2], 0.1, 1e-5)
			if err != nil {
				return nil, err
			}
			return gorgonia.Mul(n, p[0])
		},
		Output: models.Softmax, Loss: models.SoftmaxCrossEntropy}
	fresh := func(n models.Net) *models.Model { return ofType(t, n, tensor.Float64) }
	m, other := fresh(net), fresh(net)
	batch := tensor.New(tensor.WithShape(10, 16), tensor.WithBacking(models.Normal(models.NewRand(3), 160, 1)))
	if _, err := m.Gradient(batch, tensor.New(tensor.WithShape(10, 4), tensor.Of(tensor.Float64))); err != nil { // it moves the statistics
		t.Fatal(err)
	}
	if err := models.Save(path, m); err != nil {
		t.Fatal(err)
	}
	if err := loadInto(path, other); err != nil {
		t.Fatal(err)
	}
	x := tensor.New(tensor.WithShape(1, 16), tensor.WithBacking(models.Normal(models.NewRand(2), 16, 1)))
	want, err := m.Predict(x)
	if err != nil {
		t.Fatal(err)
	}
	got, err := other.Predict(x)
	if err != nil || !slices.Equal(got.Float64s(), want.Float64s()) {
		t.Errorf("the loaded model answers %v (%v), the saved one %v", got, err, want)
	}
	rep, err := other.Check(x, tensor.New(tensor.WithShape(1, 4), tensor.WithBacking([]float64{0, 1, 0, 0})), nil, graph.DefaultCheck)
	if err != nil || !rep.OK() {
		t.Errorf("the gradient of the loaded model: %v\n%v", err, rep)
	}
	plain := net
	plain.Scores = func(x *gorgonia.Node, p gorgonia.Nodes) (*gorgonia.Node, error) {
		y, err := gorgonia.BroadcastAdd(gorgonia.Must(gorgonia.BroadcastHadamardProd(x, p[1], nil, []byte{0})), p[2], nil, []byte{0})
		if err != nil {
			return nil, err
		}
		return gorgonia.Mul(y, p[0])
	}
	bare := fresh(plain)
	if err := loadInto(path, bare); err == nil || !strings.Contains(err.Error(), "it has 5 tensors, the net 3") {
		t.Errorf("a net without batch normalisation: %v", err)
	}
	if err := models.Save(path, bare); err != nil {
		t.Fatal(err)
	}
	if err := loadInto(path, other); err == nil || !strings.Contains(err.Error(), "it has no tensor batchnorm0.mean") {
		t.Errorf("a file without statistics: %v", err)
	}
}
