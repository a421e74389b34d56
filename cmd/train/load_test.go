package main

import (
	"maps"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/checkpoint"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// learned is the file of a net that has learned the small set, and its accuracy.
func learned(t *testing.T, set string, args ...string) (file string, acc any) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "model.safetensors")
	common := []string{"-data", set, "-batch", "10", "-json", "-std", "0.3", "-lr", "0.5", "-iters", "300", "-save", file}
	code, stdout, stderr := call(t, append(common, args...)...)
	if code != exitOK {
		t.Fatal(stderr)
	}
	return file, last(t, stdout)["test_acc"]
}

// TestLoadTakesTheFilesNet: what a file says of its net is taken where no flag says it, and a flag that contradicts it is an
// error that names both, never another answer.
func TestLoadTakesTheFilesNet(t *testing.T) {
	set := smallSet(t)
	file, acc := learned(t, set, "-hidden", "7,5", "-activation", "relu", "-dtype", "float64")
	common := []string{"-data", set, "-batch", "10", "-json", "-iters", "0", "-load", file}
	for _, args := range [][]string{nil, {"-activation", "relu"}, {"-hidden", "7, 5"}, {"-hidden", "7,5", "-activation", "relu"}, {"-dtype", "float32"}} {
		code, stdout, stderr := call(t, append(common, args...)...)
		if code != exitOK || last(t, stdout)["test_acc"] != acc {
			t.Errorf("%v: exit %d, %s: accuracy %v, trained to %v", args, code, stderr, last(t, stdout)["test_acc"], acc)
			continue
		}
		start := last(t, strings.SplitAfter(stdout, "\n")[0])
		want := "float64"
		if args != nil && args[0] == "-dtype" {
			want = "float32"
		}
		if start["activation"] != "relu" || start["dtype"] != want {
			t.Errorf("%v: it runs with %v", args, start)
		}
	}
	for want, args := range map[string][]string{
		"-activation sigmoid: " + file + " was saved with relu: leave the flag out": {"-activation", "sigmoid"},
		"-hidden 50: " + file + " was saved with 7,5: leave the flag out":           {"-hidden", "50"},
		"-hidden 7: " + file + " was saved with 7,5":                                {"-hidden", "7", "-activation", "relu"},
	} {
		code, stdout, stderr := call(t, append(common, args...)...)
		if code != exitUsage || stdout != "" || !strings.HasPrefix(stderr, "train: "+want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: exit %d, stdout %q, stderr %q; want exit 2 and %q", args, code, stdout, stderr, want)
		}
	}
}

// TestLoadOldFiles: a file that says nothing of its net is read with the net of the flags.
func TestLoadOldFiles(t *testing.T) {
	set := smallSet(t)
	file, acc := learned(t, set, "-hidden", "7", "-activation", "tanh")
	ts, _, err := checkpoint.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, meta := range []map[string]string{nil, {"format": "stheno", "net": "mlp"}} {
		if err := checkpoint.Save(file, ts, meta); err != nil {
			t.Fatal(err)
		}
		common := []string{"-data", set, "-batch", "10", "-json", "-iters", "0", "-load", file, "-activation", "tanh"}
		if code, stdout, stderr := call(t, append(common, "-hidden", "7")...); code != exitOK || last(t, stdout)["test_acc"] != acc {
			t.Errorf("exit %d, %s: %s, trained to %v", code, stderr, stdout, acc)
		}
		if code, _, stderr := call(t, common...); code != exitUsage || !strings.Contains(stderr, "W1 is 9x7, the net has 9x50") {
			t.Errorf("exit %d, %q", code, stderr)
		}
	}
}

// TestLoadFilesOfBefore: what this command wrote before a file said all of its net has the accuracy that it had then.
func TestLoadFilesOfBefore(t *testing.T) {
	for name, c := range map[string]struct {
		set string
		acc float64
	}{"mlp": {smallSet(t), 1}, "simpleconv": {set(t, 6, 7), 2. / 3}} {
		code, stdout, stderr := call(t, "-data", c.set, "-batch", "10", "-json", "-iters", "0", "-load", filepath.Join("..", "..", "models", "testdata", "old", name+".safetensors"))
		if code != exitOK || last(t, stdout)["test_acc"] != c.acc {
			t.Errorf("%s: exit %d, %s: %s, want the accuracy %v", name, code, stderr, stdout, c.acc)
		}
	}
}

// TestLoadTakesLayers: a file says all of its net, also of one that no flags describe, with the dropouts that it was trained with; saved
// again it says the same.
func TestLoadTakesLayers(t *testing.T) {
	engine, err := backend.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	dir := t.TempDir()
	file, again := filepath.Join(dir, "mine.safetensors"), filepath.Join(dir, "again.safetensors")
	saved := func(classes []string, in []int, layers ...models.Layer) {
		net, err := models.Sequential{Name: "mine", In: in, Layers: layers}.Net()
		if err != nil {
			t.Fatal(err)
		}
		net.Classes, net.Preprocessing = classes, "{}"
		m, err := models.New(net, engine, tensor.Float64)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		if err := models.Save(file, m); err != nil {
			t.Fatal(err)
		}
	}
	images := set(t, 6, 7)
	load := func(args ...string) (code int, stdout, stderr string) {
		return call(t, append([]string{"-data", images, "-batch", "10", "-iters", "2", "-load", file, "-save", again, "-json"}, args...)...)
	}
	names := []string{"a", "b", "c"}
	for _, c := range []struct {
		in      []int
		layers  []models.Layer
		dropout float64
		args    []string
		trained string
	}{
		{[]int{36}, []models.Layer{models.Dense(3)}, 0, nil, ""},
		{[]int{36}, []models.Layer{models.Dense(4), models.Activate("tanh"), models.Dropout(0.25), models.Dense(3), models.Activate("relu")}, 0.25, nil,
			"dense 4, tanh, dropout 0.25, dense 3, relu"},
		{[]int{1, 6, 6}, []models.Layer{models.Conv{Filters: 2, Size: 3}, models.Dropout(0.25), models.Activate("relu"), models.BatchNorm{}, models.Dense(3)}, 0.5,
			[]string{"-dropout", "0.5", "-dtype", "float64"}, "conv 3x3/1+0 of 2, dropout 0.5, relu, batchnorm, dense 3"},
	} {
		saved(names, c.in, c.layers...)
		code, stdout, stderr := load(c.args...)
		if code != exitOK || last(t, firstLine(stdout))["dropout"] != c.dropout {
			t.Errorf("%v: exit %d, %s%s", c.layers, code, stderr, stdout)
			continue
		}
		was, err := models.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		is, err := models.Open(again)
		if err != nil {
			t.Fatal(err)
		}
		want := maps.Clone(was.About)
		delete(want, models.AboutTrained)
		if c.trained != "" {
			want[models.AboutTrained] = c.trained
		}
		if !maps.Equal(is.About, want) {
			t.Errorf("saved again it says %v, said %v", is.About, want)
		}
	}
	saved(names, []int{1, 4, 9}, models.Dense(4), models.Activate("tanh"), models.Dense(4), models.Activate("relu"), models.Dense(3))
	for want, args := range map[string][]string{
		"-load: " + file + ": its net reads samples of the shape [1 4 9], -data " + images + " has samples of [1 6 6]: give it the data it was made for": nil,
		"-activation relu: " + file + " was saved with none or several: leave the flag out, or load another file":                                        {"-activation", "relu"},
		"-hidden 4: " + file + " was saved with 4,4: leave the flag out, or load another file":                                                           {"-hidden", "4"},
		"-model mlp: " + file + " was saved with mine: leave the flag out, or load another file":                                                         {"-model", "mlp"},
	} {
		if code, _, stderr := load(args...); code != exitUsage || stderr != "train: "+want+"\n" {
			t.Errorf("%v: exit %d, %s, want %s", args, code, stderr, want)
		}
	}
}

// TestLoadRefuses: what cannot be meant is one line that names the file and what is in it.
func TestLoadRefuses(t *testing.T) {
	dir := t.TempDir()
	w1, b1, w2 := make([]float64, 784*50), make([]float64, 50), make([]float64, 500)
	saved := func(b2 []float64, meta map[string]string) string {
		f, err := os.CreateTemp(dir, "*.safetensors")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		err = checkpoint.Save(f.Name(), []checkpoint.Tensor{{Name: "W1", Shape: []int{784, 50}, Data: w1}, {Name: "b1", Shape: []int{50}, Data: b1},
			{Name: "W2", Shape: []int{50, 10}, Data: w2}, {Name: "b2", Shape: []int{10}, Data: b2}}, meta)
		if err != nil {
			t.Fatal(err)
		}
		return f.Name()
	}
	raw := func(content string) string {
		path := filepath.Join(t.TempDir(), "raw")
		write(t, path, []byte(content))
		return path
	}
	b2 := func(v float64) []float64 { b := make([]float64, 10); b[3] = v; return b }
	about := func(key, value string) map[string]string {
		return map[string]string{"format": "stheno", "version": "1", key: value}
	}
	for _, c := range []struct{ file, want string }{
		{saved(b2(math.NaN()), nil), "b2[3] is NaN: parameters must be finite numbers"},
		{saved(b2(math.Inf(-1)), nil), "b2[3] is -Inf: parameters must be finite numbers"},
		{saved(b2(1e300), nil), "b2[3] is 1e+300, more than float32 holds: read the file as float64"},
		{saved(b2(0), about("activation", "gelu")), `-activation "gelu" is unknown: choose one of`},
		{saved(b2(0), about("hidden", "many")), `"many" is not a number of units`},
		{saved(b2(0), about("dtype", "int8")), `-dtype "int8" is unknown`},
		{saved(b2(0), about("loss", "hinge")), `its loss is "hinge", the net's "softmax cross-entropy"`},
		{saved(b2(0), about("version", "9")), `it has version "9" of Stheno's format`},
		{raw("PK\x03\x04\x00\x00\x00\x00\x00\x00 archive/data.pkl"), "it is a PyTorch file, not a safetensors file"},
		{raw("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x00"), "it is compressed (gzip), not a safetensors file: unpack it"},
		{raw("<!DOCTYPE html><html>"), "it is an HTML page, not a safetensors file"},
		{dir, "is a directory; name a file that can be read"},
	} {
		code, stdout, stderr := call(t, "-iters", "0", "-load", c.file)
		if code != exitUsage || stdout != "" || !strings.HasPrefix(stderr, "train: -load: "+c.file+": ") || !strings.Contains(stderr, c.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("exit %d, stdout %q, stderr %q; want exit 2 and one line with %q", code, stdout, stderr, c.want)
		}
	}
	if code, _, stderr := call(t, "-iters", "0", "-dtype", "float64", "-load", saved(b2(1e300), nil)); code != exitOK {
		t.Errorf("1e300 in float64: exit %d, %s", code, stderr)
	}
}
