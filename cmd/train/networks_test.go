package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"
)

// TestNetworks: each network of -model, with what can be asked of it, learns a little, is saved, and is there again without a flag
// that says what it is. Its answers are those that it was saved with.
func TestNetworks(t *testing.T) {
	images := set(t, 8, 1)
	for _, c := range []struct {
		args string
		want map[string]any // of the start
	}{
		{"-model twolayer", map[string]any{"model": "twolayer", "activation": "sigmoid", "optimizer": "sgd", "lr": 0.1, "params": 64*50 + 50 + 150 + 3.}},
		{"-model mlp -hidden 9,7 -activation relu -batchnorm -dropout 0.3 -optimizer rmsprop -init he", map[string]any{"model": "mlp", "lr": 0.001, "batchnorm": true, "dropout": 0.3}},
		{"-model mlp -optimizer nesterov -weight-decay 0.1", map[string]any{"optimizer": "nesterov", "lr": 0.01, "weight_decay": 0.1}},
		{"-model simpleconv -hidden 5 -batchnorm -activation tanh -init xavier", map[string]any{"model": "simpleconv", "activation": "tanh", "optimizer": "adam", "lr": 0.001}},
		{"-model simpleconv -optimizer adagrad -lr 0.02", map[string]any{"hidden": []any{100.}, "activation": "relu", "init": "std", "dropout": 0., "lr": 0.02}},
		{"-model deepconv -dtype float64", map[string]any{"hidden": []any{50.}, "activation": "relu", "init": "he", "dropout": 0.5, "optimizer": "adam"}},
		{"-model deepconv -dropout 0 -optimizer momentum", map[string]any{"dropout": 0., "lr": 0.01}},
	} {
		file := filepath.Join(t.TempDir(), "net.safetensors")
		common := []string{"-data", images, "-batch", "10", "-json"}
		code, stdout, stderr := call(t, append(append(common, strings.Fields(c.args)...), "-iters", "4", "-save", file)...)
		if code != exitOK {
			t.Errorf("%s: exit %d, %s", c.args, code, stderr)
			continue
		}
		start, trained := last(t, firstLine(stdout)), last(t, stdout)
		for key, want := range c.want {
			if got := start[key]; !equal(got, want) {
				t.Errorf("%s: %s is %v, want %v", c.args, key, got, want)
			}
		}
		code, stdout, stderr = call(t, append(common, "-iters", "0", "-load", file)...)
		if code != exitOK {
			t.Errorf("%s: loaded: exit %d, %s", c.args, code, stderr)
			continue
		}
		loaded, again := last(t, firstLine(stdout)), last(t, stdout)
		for _, key := range []string{"activation", "hidden", "batchnorm", "params", "dtype"} {
			if !equal(loaded[key], start[key]) {
				t.Errorf("%s: %s was %v, is %v after loading", c.args, key, start[key], loaded[key])
			}
		}
		if again["test_acc"] != trained["test_acc"] || again["train_acc"] != trained["train_acc"] {
			t.Errorf("%s: accuracies were %v, %v, are %v, %v after loading", c.args, trained["train_acc"], trained["test_acc"], again["train_acc"], again["test_acc"])
		}
	}
}

func firstLine(s string) string { return s[:strings.Index(s, "\n")] }

// equal compares values of JSON.
func equal(a, b any) bool {
	if list, ok := a.([]any); ok {
		other, _ := b.([]any)
		if len(list) != len(other) {
			return false
		}
		for i := range list {
			if list[i] != other[i] {
				return false
			}
		}
		return true
	}
	return a == b
}

// TestFlagsMakeTheNetwork: what the flags ask for is in the network and in its training.
func TestFlagsMakeTheNetwork(t *testing.T) {
	loaded, err := data.Load(set(t, 8, 1))
	if err != nil {
		t.Fatal(err)
	}
	d, err := loaded.Set()
	if err != nil {
		t.Fatal(err)
	}
	const simple = "conv 5x5/1+0 of 30 relu maxpool 2x2/2 "
	for _, c := range []struct {
		args, layers string
		decay, std   float64 // std is of a layer of 8 inputs
		optimizer    models.Optimizer
	}{
		{"-std 0", "dense 50 sigmoid dense 3", 0, 0, models.SGD{}},
		{"-hidden 6,5 -dropout 0.2 -weight-decay 0.1 -optimizer momentum", "dense 6 sigmoid dropout 0.2 dense 5 sigmoid dropout 0.2 dense 3", 0.1, 0.01, models.Momentum{}},
		{"-model twolayer -batchnorm -init he -optimizer nesterov", "dense 50 batchnorm sigmoid dense 3", 0, 0.5, models.Nesterov{}},
		{"-model simpleconv -init xavier", simple + "dense 100 relu dense 3", 0, math.Sqrt(1. / 8), models.Adam{}},
		{"-model simpleconv -dropout 0.3 -std 0.2 -optimizer rmsprop", simple + "dense 100 relu dropout 0.3 dense 3", 0, 0.2, models.RMSProp{}},
		{"-model simpleconv -hidden 9 -activation tanh -batchnorm -optimizer adagrad", "conv 5x5/1+0 of 30 batchnorm tanh maxpool 2x2/2 dense 9 batchnorm tanh dense 3", 0, 0.01, models.AdaGrad{}},
	} {
		o, err := parse(append(strings.Fields(c.args), "-seed", "5", "-batch", "10"), io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		s, err := o.sequential(d)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Trim(fmt.Sprint(s.Layers), "[]"); got != c.layers {
			t.Errorf("%s: %s, want %s", c.args, got, c.layers)
		}
		if got := s.Init(8, true); s.Seed != 5 || s.Decay != c.decay || math.Abs(got-c.std) > 1e-15 || o.config().Optimizer != c.optimizer {
			t.Errorf("%s: seed %d, weight decay %v, standard deviation %v, optimizer %T", c.args, s.Seed, s.Decay, got, o.config().Optimizer)
		}
	}
}

// TestNetworkMistakes: what does not go together is one line that names the flag.
func TestNetworkMistakes(t *testing.T) {
	images, tiny := set(t, 8, 1), smallSet(t)
	file := filepath.Join(t.TempDir(), "net.safetensors")
	if code, _, stderr := call(t, "-data", images, "-batch", "10", "-model", "simpleconv", "-hidden", "5", "-batchnorm", "-iters", "1", "-save", file); code != exitOK {
		t.Fatal(stderr)
	}
	for want, args := range map[string]string{
		`-model "lenet" is unknown: choose one of deepconv, mlp, simpleconv, twolayer`:                                 "-model lenet",
		`-optimizer "lbfgs" is unknown: choose one of adagrad, adam, momentum, nesterov, rmsprop, sgd`:                 "-optimizer lbfgs",
		`-init "zeros" is unknown: choose one of he, std, xavier`:                                                      "-init zeros",
		"-hidden 256,128: twolayer has one hidden layer: give one number, or -model mlp":                               "-model twolayer -hidden 256,128",
		"-hidden 100,50: simpleconv has one hidden layer: give one number, or -model mlp":                              "-model simpleconv -hidden 100,50",
		"-std 0.1: it is for -init std, and -init is he here: leave it out, or give -init std":                         "-std 0.1 -init he",
		"-std 0.01: it is for -init std, and -init is he here: leave it out, or give -init std":                        "-model deepconv -std 0.01",
		"-dropout 1: the probability to drop is from 0 to below 1":                                                     "-dropout 1",
		"-dropout NaN: the probability to drop is from 0 to below 1":                                                   "-dropout NaN",
		"-weight-decay -1: it is a number of at least 0, such as 0.0001":                                               "-weight-decay -1",
		"-weight-decay +Inf: it is a number of at least 0, such as 0.0001":                                             "-weight-decay Inf",
		`-model simpleconv: net "simpleconv": layer 1, conv 5x5/1+0 of 30: images of 3x3 pixels are smaller than that`: "-batch 10 -model simpleconv -data " + tiny,
		`-model deepconv: net "deepconv": layer 15, maxpool 2x2/2: images of 1x1 pixels are smaller than that`:         "-batch 10 -model deepconv -data " + tiny,
		"-model mlp: " + file + " was saved with simpleconv: leave the flag out, or load another file":                 "-model mlp -load " + file,
		"-batchnorm false: " + file + " was saved with true: leave the flag out, or load another file":                 "-batchnorm=false -load " + file,
		"-hidden 100: " + file + " was saved with 5: leave the flag out, or load another file":                         "-model simpleconv -hidden 100 -load " + file,
		"-activation tanh: " + file + " was saved with relu: leave the flag out, or load another file":                 "-activation tanh -load " + file,
	} {
		code, stdout, stderr := call(t, append(strings.Fields(args), "-iters", "0")...)
		if code != exitUsage || stdout != "" || stderr != "train: "+want+"\n" {
			t.Errorf("%s: exit %d, stdout %q, stderr %q; want exit 2 and %q", args, code, stdout, stderr, want)
		}
	}
}

// TestGradcheckOfNetworks: the gradient of each is proven, also where the images are blank in part.
func TestGradcheckOfNetworks(t *testing.T) {
	images := set(t, 8, 1)
	for _, args := range []string{
		"-model twolayer -hidden 4 -std 0.3", "-model mlp -hidden 6,5 -batchnorm -dropout 0.4 -weight-decay 0.01 -activation tanh -init xavier",
		"-model simpleconv -hidden 5 -weight-decay 0.1", "-model simpleconv -hidden 5 -batchnorm -dropout 0.5 -init he", "-model deepconv",
	} {
		t.Run(args, func(t *testing.T) {
			if strings.Contains(args, "deepconv") && os.Getenv("STHENO_LONG") != "1" {
				t.Skip("some thousand times the loss of a deep net: runs with STHENO_LONG=1")
			}
			code, stdout, stderr := call(t, append(strings.Fields(args), "-data", images, "-batch", "10", "-iters", "0", "-gradcheck")...)
			if code != exitOK || stderr != "" || !strings.HasPrefix(stdout, "gradient check") || !strings.Contains(stdout, "by hand") {
				t.Errorf("exit %d, %s\n%s", code, stderr, stdout)
			}
			if moves := strings.Contains(stdout, "b1, "); moves != strings.Contains(args, "conv") || moves && !strings.Contains(stdout, " moved from 0 to 0.01 times normal numbers") {
				t.Errorf("biases moved: %v\n%s", moves, stdout)
			}
		})
	}
}
