package models_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend/backendtest"
	"github.com/stheno/stheno/checkpoint"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// TestParseLayers: what layers say of themselves is read back as the same layers.
func TestParseLayers(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	for range 2000 {
		var layers []models.Layer
		var text []string
		for range 1 + r.IntN(8) {
			l := []models.Layer{
				models.Dense(r.IntN(1000)), models.BatchNorm{}, models.Dropout(r.Float64()),
				models.Activate(models.ActivationNames()[r.IntN(len(models.ActivationNames()))]),
				models.Conv{Filters: r.IntN(99), Size: r.IntN(9), Pad: r.IntN(9), Stride: 1 + r.IntN(3)},
				models.MaxPool{Size: 1 + r.IntN(9), Stride: 1 + r.IntN(3)},
			}[r.IntN(6)]
			layers, text = append(layers, l), append(text, l.String())
		}
		got, err := models.ParseLayers(strings.Join(text, ", "))
		if err != nil || !reflect.DeepEqual(got, layers) {
			t.Fatalf("seed %d: %v, %v; want %v", seed, got, err, layers)
		}
	}
	for text, want := range map[string]string{
		"":                         `layer 1, "": activation "" is unknown`,
		"dense":                    `layer 1, "dense": want it written as "dense 10"`,
		"relu, dense x":            `layer 2, "dense x": want it written as "dense 10"`,
		"dense 07":                 `layer 1, "dense 07": want it written as "dense 10"`,
		"dense 10 11":              `layer 1, "dense 10 11": want it written as "dense 10"`,
		"dense 10,relu":            `layer 1, "dense 10,relu": want it written as "dense 10"`,
		"conv 5x3/1+0 of 2":        `layer 1, "conv 5x3/1+0 of 2": want it written as "conv 5x5/1+0 of 30"`,
		"maxpool 99999999999999x1": `layer 1, "maxpool 99999999999999x1": want it written as "maxpool 2x2/2"`,
		"batchnorm 1":              `layer 1, "batchnorm 1": want it written as "batchnorm"`,
		"dropout 1e1":              `layer 1, "dropout 1e1": want it written as "dropout 0.5"`,
		"gelu":                     `layer 1, "gelu": activation "gelu" is unknown: choose one of`,
		strings.Repeat("relu, ", 10000) + "dense 2": "10001 layers, at most 10000 are read",
	} {
		if got, err := models.ParseLayers(text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.40q: %v, error %v, want %s", text, got, err, want)
		}
	}
}

// prediction is what a model answers to one sample of 0, 1/4, 1/2, 3/4, 0, ...
func prediction(t *testing.T, m *models.Model) []float64 {
	t.Helper()
	x := tensor.New(tensor.WithShape(1, m.Net.In), tensor.Of(m.DType))
	for i := range m.Net.In {
		if m.DType == tensor.Float64 {
			x.Float64s()[i] = float64(i%4) / 4
		} else {
			x.Float32s()[i] = float32(i%4) / 4
		}
	}
	y, err := m.Predict(x)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]float64, m.Net.Out)
	for i := range out {
		out[i] = number(y.Get(i))
	}
	return out
}

// TestLoad: a file is all that a model needs.
func TestLoad(t *testing.T) {
	for name, s := range map[string]models.Sequential{
		"mlp":        sequential(t, models.MLP{Widths: []int{9, 7, 3}, Activation: "tanh", Seed: 3}).WithBatchNorm().WithDropout(0.2),
		"regression": sequential(t, models.MLP{Widths: []int{9, 7, 1}, Activation: "tanh", Seed: 3, Regression: true}),
		"conv":       models.SimpleConvNet(models.Image{Channels: 2, Height: 9, Width: 7}, 5, 4),
		"deep":       models.DeepConvNet(models.Image{Channels: 1, Height: 28, Width: 28}, 5, 4),
	} {
		for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			net, err := s.Net()
			if err != nil {
				t.Fatal(err)
			}
			net.Classes = []string{"ä", "b, c", `"d"`, ""}[:net.Out]
			net.Preprocessing = `{"kind":"none"}`
			m := ofType(t, net, dt)
			path := filepath.Join(t.TempDir(), "model.safetensors")
			if err := models.Save(path, m); err != nil {
				t.Fatal(err)
			}
			back, err := models.Load(path, backendtest.NoLeaks(t, openEngine(t, "go")))
			if err != nil {
				t.Fatal(name, err)
			}
			t.Cleanup(back.Close)
			if got, want := prediction(t, back), prediction(t, m); !slices.Equal(got, want) || back.DType != dt {
				t.Errorf("%s, %v: the file's model answers %v, the one that was saved %v", name, back.DType, got, want)
			}
			if n := back.Net; !slices.Equal(n.Classes, net.Classes) || n.Preprocessing != net.Preprocessing || n.Name != net.Name ||
				!slices.Equal(n.Sample(), s.In) || !maps.Equal(n.About, net.About) {
				t.Errorf("%s: it comes back as %q, %v, %q, %s, %v", name, n.Name, n.Sample(), n.Classes, n.Preprocessing, n.About)
			}
		}
	}
}

func sequential(t *testing.T, m models.MLP) models.Sequential {
	t.Helper()
	s, err := m.Sequential()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestLoadOldFiles: files that the program wrote before they said all of their net give the answers that they gave then.
func TestLoadOldFiles(t *testing.T) {
	old := filepath.Join("testdata", "old")
	m, err := models.Load(filepath.Join(old, "mlp.safetensors"), openEngine(t, "go"))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	within(t, "mlp", prediction(t, m), []float64{0.2714300735924631, 0.42143746865633386, 0.307132457751203}, 1e-12)
	path := filepath.Join(old, "simpleconv.safetensors")
	if _, err := models.Load(path, openEngine(t, "go")); err == nil ||
		err.Error() != path+": it does not say what shape a sample has: load it into cmd/train with its data, and save it again" {
		t.Errorf("error %v", err)
	}
	net, err := models.SimpleConvNet(models.Image{Channels: 1, Height: 6, Width: 6}, 4, 3).Net()
	if err != nil {
		t.Fatal(err)
	}
	conv := ofType(t, net, tensor.Float64)
	if err := loadInto(path, conv); err != nil {
		t.Fatal(err)
	}
	within(t, "conv", prediction(t, conv), []float64{0.35751882124964357, 0.5872290517308937, 0.05525212701946262}, 1e-12)
}

// TestLoadRefuses: a file that does not fit together is one line that names it, before memory is taken for what it asks for.
func TestLoadRefuses(t *testing.T) {
	m := mlp(t, 1, tensor.Float32, 9, 7, 3)
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := models.Save(path, m); err != nil {
		t.Fatal(err)
	}
	ts, meta, err := checkpoint.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ key, value, want string }{
		{"format", "pt", "it does not say of what layers it is: make the model with models.New and give it to File.Into, or to cmd/train the flags of its net"},
		{"layers", "dense 7, gelu, dense 3", `its layers: layer 2, "gelu": activation "gelu" is unknown: choose one of identity, relu, sigmoid, tanh`},
		{"layers", "dense 1073741824, relu, dense 1073741824", `net "mlp": layer 1, dense 1073741824: W of the shape [9 1073741824] is too large`},
		{"layers", "dense 7, sigmoid, dense 7, sigmoid, dense 3", `W2 is 7x3, the net has 7x7: choose the layers and the data that it was saved with`},
		{"layers", "dense 7, relu, dense 3", `its activation is "sigmoid", the net's "relu": choose the net that it was saved from`},
		{"input", "8", `W1 is 9x7, the net has 8x7: choose the layers and the data that it was saved with`},
		{"input", "many", `its input is "many": want the shape of a sample, such as 784 or 1x28x28`},
		{"input", "09", `its input is "09": want the shape of a sample, such as 784 or 1x28x28`},
		{"input", "1073741824x1073741824x1073741824", `net "mlp": samples of the shape [1073741824 1073741824 1073741824]: want (inputs), or (channels, height, width), each at least 1, and at most 1073741824 numbers`},
		{"dtype", "int8", `its dtype is "int8": want float32 or float64`},
		{"loss", "hinge", `its loss is "hinge", which no list of layers has: want softmax cross-entropy or mean squared error`},
		{"classes", `["a","b"]`, "it has names for 2 classes, its layers end with 3"},
		{"classes", `{"a":1}`, `its classes are no JSON list of names: "{\"a\":1}"`},
	} {
		changed := maps.Clone(meta)
		changed[c.key] = c.value
		if err := checkpoint.Save(path, ts, changed); err != nil {
			t.Fatal(err)
		}
		if _, err := models.Load(path, m.Engine()); fmt.Sprint(err) != path+": "+c.want {
			t.Errorf("%s = %s:\ngot  %v\nwant %s: %s", c.key, c.value, err, path, c.want)
		}
	}
	if err := (*models.File)(nil).Into(m); fmt.Sprint(err) != "no file of parameters: Open one" {
		t.Errorf("error %v", err)
	}
}

// TestTrainingInFile: the state of a training goes with its model, and who loads the model does not see it.
func TestTrainingInFile(t *testing.T) {
	m := mlp(t, 1, tensor.Float32, 9, 7, 3)
	state := models.Training{State: `{"iteration":7}`, Tensors: []checkpoint.Tensor{
		{Name: "W1.velocity", Shape: []int{9, 7}, Data: make([]float32, 63)}, {Name: "moment", Shape: []int{1}, Data: []float32{float32(math.Inf(1))}}}}
	content, err := models.Encode(m, state)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := models.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Training(); !reflect.DeepEqual(got, state) {
		t.Errorf("the training's state comes back as %v, was %v", got, state)
	}
	back, err := f.Model(openEngine(t, "go"))
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	if got, want := prediction(t, back), prediction(t, m); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestClassesOfNet: names that are not one for each output are a mistake of the net.
func TestClassesOfNet(t *testing.T) {
	net, err := models.MLP{Widths: []int{4, 2}}.Net()
	if err != nil {
		t.Fatal(err)
	}
	net.Classes = []string{"one"}
	if _, err := models.New(net, openEngine(t, "go"), tensor.Float32); fmt.Sprint(err) != `net "mlp": names of 1 classes for 2 outputs: give one for each, or none` {
		t.Errorf("error %v", err)
	}
	net.Classes, net.Shape = nil, []int{2, 3}
	if _, err := models.New(net, openEngine(t, "go"), tensor.Float32); fmt.Sprint(err) != `net "mlp": samples of the shape [2 3] do not have 4 elements` {
		t.Errorf("error %v", err)
	}
}
