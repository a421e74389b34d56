package models_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stheno/stheno/graph"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

var digits = models.Image{Channels: 1, Height: 28, Width: 28}

// TestBookNets: the parameters are the book's, by name and shape, in its order, and the initial weights have its deviations.
func TestBookNets(t *testing.T) {
	for _, c := range []struct {
		s      models.Sequential
		shapes string
		std    []float64 // of the weights
	}{
		{models.SimpleConvNet(digits, 100, 10), "W1 [30 1 5 5], b1 [30], W2 [4320 100], b2 [100], W3 [100 10], b3 [10]", []float64{0.01, 0.01, 0.01}},
		{models.DeepConvNet(digits, 50, 10), "W1 [16 1 3 3], b1 [16], W2 [16 16 3 3], b2 [16], W3 [32 16 3 3], b3 [32], W4 [32 32 3 3], b4 [32], " +
			"W5 [64 32 3 3], b5 [64], W6 [64 64 3 3], b6 [64], W7 [1024 50], b7 [50], W8 [50 10], b8 [10]",
			[]float64{he(9), he(144), he(144), he(288), he(288), he(576), he(1024), he(50)}},
		{models.SimpleConvNet(digits, 100, 10).WithBatchNorm(), "W1 [30 1 5 5], b1 [30], gamma1 [30], beta1 [30], W2 [4320 100], b2 [100], " +
			"gamma2 [100], beta2 [100], W3 [100 10], b3 [10]", []float64{0.01, 0.01, 0.01}},
	} {
		net, err := c.s.Net()
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for i, p := range net.Params {
			if i > 0 {
				got += ", "
			}
			got += fmt.Sprint(p.Name, " ", p.Shape)
			switch {
			case p.Name[0] == 'W':
				if std := deviation(p.Init); math.Abs(std/c.std[0]-1) > 5/math.Sqrt(2*float64(p.Size())) {
					t.Errorf("%s: %s has a standard deviation of %v, want %v", net.Name, p.Name, std, c.std[0])
				}
				c.std = c.std[1:]
			case p.Name[0] == 'g' && slices.ContainsFunc(p.Init, func(v float64) bool { return v != 1 }), p.Name[0] == 'b' && p.Init != nil:
				t.Errorf("%s: %s starts with %v", net.Name, p.Name, p.Init)
			}
		}
		if got != c.shapes {
			t.Errorf("%s: %s\nwant %s", net.Name, got, c.shapes)
		}
	}
}

func he(inputs float64) float64 { return math.Sqrt(2 / inputs) }

func deviation(v []float64) float64 {
	square := 0.0
	for _, x := range v {
		square += x * x
	}
	return math.Sqrt(square / float64(len(v)))
}

// TestSequentialMistakes: what does not fit is one line that names the layer.
func TestSequentialMistakes(t *testing.T) {
	images := func(layers ...models.Layer) error {
		_, err := models.Sequential{Name: "mine", In: []int{1, 4, 4}, Layers: layers}.Net()
		return err
	}
	of := func(s models.Sequential) error { _, err := s.Net(); return err }
	flat := []models.Layer{models.Dense(2)}
	for _, c := range []struct {
		err  error
		want string
	}{
		{images(models.Conv{Filters: 2, Size: 5}, models.Dense(2)), "layer 1, conv 5x5/1+0 of 2: images of 4x4 pixels are smaller than that"},
		{images(models.Conv{Filters: 0, Size: 3}), "layer 1, conv 3x3/1+0 of 0: filters and their size are at least 1, stride and padding at least 0, and padding is smaller than a filter"},
		{images(models.Conv{Filters: 1, Size: 3, Pad: 3}), "layer 1, conv 3x3/1+3 of 1: filters and their size are at least 1, stride and padding at least 0, and padding is smaller than a filter"},
		{images(models.Conv{Filters: 1 << 28, Size: 3}), "layer 1, conv 3x3/1+0 of 268435456: W of the shape [268435456 1 3 3] is too large"},
		{images(models.MaxPool{Size: 2}, models.MaxPool{Size: 3}), "layer 2, maxpool 3x3/3: images of 2x2 pixels are smaller than that"},
		{images(models.MaxPool{}), "layer 1, maxpool 0x0/0: a window has at least one pixel, and a stride of at least 0"},
		{images(models.Dense(3), models.Conv{Filters: 1, Size: 1}), "layer 2, conv 1x1/1+0 of 1: it reads images, (channels, height, width), not [3]"},
		{images(models.Dense(0)), "layer 1, dense 0: a layer has at least one unit"},
		{images(models.Activate("gelu")), `layer 1, gelu: activation "gelu" is unknown: choose one of identity, relu, sigmoid, tanh`},
		{images(models.Dropout(1)), "layer 1, dropout 1: the probability to drop is from 0 to below 1"},
		{images(models.Dropout(math.NaN())), "layer 1, dropout NaN: the probability to drop is from 0 to below 1"},
		{images(models.MaxPool{Size: 2}), "the last layer gives samples of the shape [1 2 2]: want a number for each of at least two classes: end with Dense"},
		{images(), "the last layer gives samples of the shape [1 4 4]: want a number for each of at least two classes: end with Dense"},
		{images(models.Dense(1)), "the last layer gives samples of the shape [1]: want a number for each of at least two classes: end with Dense"},
		{of(models.Sequential{Name: "mine", Layers: flat}), "samples of the shape []: want (inputs), or (channels, height, width), each at least 1, and at most 1073741824 numbers"},
		{of(models.Sequential{Name: "mine", In: []int{2, 0, 2}, Layers: flat}), "samples of the shape [2 0 2]: want (inputs), or (channels, height, width), each at least 1, and at most 1073741824 numbers"},
		{of(models.Sequential{Name: "mine", In: []int{1 << 20, 1 << 20, 1 << 40}, Layers: flat}),
			"samples of the shape [1048576 1048576 1099511627776]: want (inputs), or (channels, height, width), each at least 1, and at most 1073741824 numbers"},
		{of(models.Sequential{Name: "mine", In: []int{1, 1 << 14, 1 << 14}, Layers: []models.Layer{models.Conv{Filters: 8, Size: 1}}}),
			"layer 1, conv 1x1/1+0 of 8: it gives samples of the shape [8 16384 16384], which is too large"},
		{images(models.Conv{Filters: 1, Size: 1 << 62, Pad: 1<<62 - 1}), "layer 1, conv 4611686018427387904x4611686018427387904/1+4611686018427387903 of 1: images of 4x4 pixels are smaller than that"},
		{of(models.Sequential{Name: "mine", In: []int{2}, Layers: flat, Decay: -1}), "weight decay -1: want a number of at least 0"},
		{of(models.Sequential{Name: "mine", In: []int{2}, Layers: flat, Init: models.Std(math.Inf(1))}), "W1: initial weights of a standard deviation of +Inf: want a number of at least 0"},
	} {
		if want := `net "mine": ` + c.want; fmt.Sprint(c.err) != want {
			t.Errorf("error %v, want %q", c.err, want)
		}
	}
}

// TestVariants: what a network says of its layers, with others put in.
func TestVariants(t *testing.T) {
	simple := models.SimpleConvNet(digits, 100, 10)
	mlp, err := models.MLP{Widths: []int{4, 3, 2, 2}}.Sequential()
	if err != nil {
		t.Fatal(err)
	}
	deep := models.DeepConvNet(digits, 50, 10)
	for _, c := range []struct {
		s    models.Sequential
		want string
	}{
		{simple, "[conv 5x5/1+0 of 30 relu maxpool 2x2/2 dense 100 relu dense 10]"},
		{simple.WithActivation("tanh"), "[conv 5x5/1+0 of 30 tanh maxpool 2x2/2 dense 100 tanh dense 10]"},
		{simple.WithDropout(0.2), "[conv 5x5/1+0 of 30 relu maxpool 2x2/2 dense 100 relu dropout 0.2 dense 10]"},
		{simple.WithDropout(0), "[conv 5x5/1+0 of 30 relu maxpool 2x2/2 dense 100 relu dense 10]"},
		{mlp.WithBatchNorm().WithDropout(0.1), "[dense 3 batchnorm sigmoid dropout 0.1 dense 2 batchnorm sigmoid dropout 0.1 dense 2]"},
		{mlp.WithBatchNorm().WithBatchNorm(), "[dense 3 batchnorm sigmoid dense 2 batchnorm sigmoid dense 2]"},
		{models.Sequential{Layers: deep.Layers[15:]}, "[dense 50 relu dropout 0.5 dense 10 dropout 0.5]"},
		{models.Sequential{Layers: deep.WithDropout(0.3).Layers[15:]}, "[dense 50 relu dropout 0.3 dense 10 dropout 0.3]"},
		{models.Sequential{Layers: deep.WithDropout(0).Layers[15:]}, "[dense 50 relu dense 10]"},
	} {
		if got := fmt.Sprint(c.s.Layers); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
	net, err := mlp.WithBatchNorm().WithDropout(0.1).Net()
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		models.AboutLayers: "dense 3, batchnorm, sigmoid, dense 2, batchnorm, sigmoid, dense 2", models.AboutHidden: "3,2",
		models.AboutActivation: "sigmoid", models.AboutBatchNorm: "true", models.AboutLoss: "softmax cross-entropy",
	} {
		if got := net.About[key]; got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}

// TestCheckOfEvaluation: what a model answers with, running statistics among it, has the gradient by hand and by finite differences.
func TestCheckOfEvaluation(t *testing.T) {
	s := layerNets()["all"].WithBatchNorm()
	net, err := s.Net()
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(62, 0))
	for _, engine := range []string{"go", "blas"} {
		t.Run(engine, func(t *testing.T) {
			m := newModel(t, net, openEngine(t, engine))
			values := map[string][]float64{"batchnorm0.mean": {0.1, -0.2, 0.3}, "batchnorm0.variance": {0.5, 1, 2},
				"batchnorm1.mean": {0.1, 0.2, -0.1, 0}, "batchnorm1.variance": {0.5, 1, 2, 3}, "b1": models.Normal(r, 3, 0.3), "b2": models.Normal(r, 4, 0.3)}
			if err := m.SetParams(values); err != nil {
				t.Fatal(err)
			}
			learned, err := m.Learned()
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range learned {
				values[p.Name] = p.Init
			}
			x, target := randomBatch(r, 5, net.In, net.Out)
			byHand := s.Backward(values, x, target)
			rep, err := m.Check(dense(tensor.Float64, 5, net.In, x), dense(tensor.Float64, 5, net.Out, target), byHand, graph.DefaultCheck)
			if err != nil || !rep.OK() || len(rep.Rows) != 2*len(net.Params) {
				t.Errorf("%v\n%s", err, rep)
			}
		})
	}
	for what, spoil := range map[string]func(v map[string][]float64){
		"a missing bias": func(v map[string][]float64) { delete(v, "b2") }, "a short mean": func(v map[string][]float64) { v["batchnorm0.mean"] = []float64{1} },
	} {
		values := map[string][]float64{}
		for _, p := range net.Params {
			values[p.Name] = make([]float64, p.Size())
		}
		x, target := randomBatch(r, 1, net.In, net.Out)
		if got := s.Backward(values, x, target); len(got) != len(net.Params) {
			t.Errorf("%d gradients, want %d", len(got), len(net.Params))
		}
		spoil(values)
		if got := s.Backward(values, x, target); len(got) != 0 {
			t.Errorf("%s: %d gradients, want none", what, len(got))
		}
	}
}

// TestTiesOfPooling: where two pixels of a window tie and a weight moves one of them alone, its slope is another on either side. Over two
// windows, in which the first pixel counts, the derivative is neither slope: these weights are left out by name, and no others.
func TestTiesOfPooling(t *testing.T) {
	const filters = 30
	s := models.Sequential{Name: "tie", In: []int{2, 2, 4}, Seed: 3, Layers: []models.Layer{models.Conv{Filters: filters, Size: 1}, models.MaxPool{Size: 2}, models.Dense(3)}}
	net, err := s.Net()
	if err != nil {
		t.Fatal(err)
	}
	copy(net.Params[0].Init, []float64{0.5, 0.5})                       // of the first filter: the first two pixels of each window tie
	copy(net.Params[2].Init, []float64{0.3, 0.1, -0.2, 0.3, 0.1, -0.2}) // both windows count the same
	x := []float64{1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0}
	target := []float64{0, 1, 0}
	for _, engine := range []string{"go", "blas"} {
		m := newModel(t, net, openEngine(t, engine))
		params, err := m.Params()
		if err != nil {
			t.Fatal(err)
		}
		rep, err := m.Check(dense(tensor.Float64, 1, 16, x), dense(tensor.Float64, 1, 3, target), s.Backward(params, x, target), graph.DefaultCheck)
		if err != nil || !rep.OK() {
			t.Fatalf("%s: %v\n%s", engine, err, rep)
		}
		for _, row := range rep.Rows {
			want := "[]"
			if row.Param == "W1" && row.Against == "numerical" {
				want = "[[0 0 0 0] [0 1 0 0]]"
			}
			if got := fmt.Sprint(row.LeftOut); got != want {
				t.Errorf("%s: of %s, %s, %s are left out, want %s", engine, row.Param, row.Against, got, want)
			}
		}
	}
}

// TestBatchNormIsTheBooks: 1e-6 below the root, and of the running statistics a step keeps nine tenths.
func TestBatchNormIsTheBooks(t *testing.T) {
	net, err := models.Sequential{Name: "bn", In: []int{2}, Layers: []models.Layer{models.BatchNorm{}, models.Dense(2)}}.Net()
	if err != nil {
		t.Fatal(err)
	}
	net.Output = nil
	m := newModel(t, net, openEngine(t, "go"))
	x, target := dense(tensor.Float64, 2, 2, []float64{1, 4, 3, 10}), dense(tensor.Float64, 2, 2, []float64{1, 0, 0, 1})
	step, err := m.Step(2, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{step.SetLR(0), step.X.Set(x), step.T.Set(target), step.Run()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	learned, err := m.Learned()
	if err != nil {
		t.Fatal(err)
	}
	within(t, "running mean", learned[4].Init, []float64{0.1 * 2, 0.1 * 7}, 1e-12)
	within(t, "running variance", learned[5].Init, []float64{0.9 + 0.1*2, 0.9 + 0.1*18}, 1e-12)
	set := map[string][]float64{"W1": {1, 0, 0, 1}, "batchnorm0.mean": {0, 0}, "batchnorm0.variance": {0, 1}}
	if err := m.SetParams(set); err != nil {
		t.Fatal(err)
	}
	y, err := m.Predict(x)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "y", y.Float64s(), []float64{1000, 4 / math.Sqrt(1+1e-6), 3000, 10 / math.Sqrt(1+1e-6)}, 1e-9)
}

// TestWeightDecay: the loss has λ/2·Σ W² of the weights in it, and a step shrinks them, not the biases.
func TestWeightDecay(t *testing.T) {
	plain := models.SimpleConvNet(models.Image{Channels: 1, Height: 6, Width: 6}, 4, 3)
	plain.Init = models.Std(0.3)
	decaying := plain
	decaying.Decay = 0.2
	xs, ts := randomBatch(rand.New(rand.NewPCG(63, 0)), 3, 36, 3)
	x, target := dense(tensor.Float64, 3, 36, xs), dense(tensor.Float64, 3, 3, ts)
	var losses [2]float64
	var params [2]map[string][]float64
	for i, s := range []models.Sequential{plain, decaying} {
		net, err := s.Net()
		if err != nil {
			t.Fatal(err)
		}
		m := newModel(t, net, openEngine(t, "go"))
		if losses[i], err = m.Loss(x, target); err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			square := 0.0
			for _, p := range net.Params {
				for _, v := range p.Init {
					square += v * v // biases are 0
				}
			}
			if want := losses[0] + 0.1*square; math.Abs(losses[1]-want) > 1e-12 {
				t.Errorf("loss %v, want %v", losses[1], want)
			}
		}
		step, err := m.Step(3, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{step.SetLR(0.5), step.X.Set(x), step.T.Set(target), step.Run()} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if params[i], err = m.Params(); err != nil {
			t.Fatal(err)
		}
		for _, p := range net.Params {
			for j, v := range params[1][p.Name] { // of the second round
				want := params[0][p.Name][j]
				if p.Init != nil {
					want -= 0.5 * 0.2 * p.Init[j]
				}
				if math.Abs(v-want) > 1e-12 {
					t.Fatalf("%s[%d] = %v, want %v", p.Name, j, v, want)
				}
			}
		}
	}
}
