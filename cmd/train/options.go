package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/internal/command"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/train"

	"gorgonia.org/tensor"
)

// options are the command's flags, checked.
type options struct {
	backend    string
	dtype      tensor.Dtype
	hidden     []int
	activation string
	batch      int
	iters      int
	lr, std    float64
	seed       uint64
	data       string
	out        string
	save, load string
	tf32       bool
	explain    bool
	gradcheck  bool
	json       bool

	given map[string]bool // the flags that were set
	file  *train.File     // of -load
}

var dtypes = map[string]tensor.Dtype{"float32": tensor.Float32, "float64": tensor.Float64}

// parse reads the flags. A wrong one is one line; -h prints what there is.
func parse(args []string, stderr io.Writer) (*options, error) {
	var o options
	var dtype, hidden string
	fs := flag.NewFlagSet("train", flag.ContinueOnError)
	fs.StringVar(&o.backend, "backend", "go", "engine: go, blas (OpenBLAS) or cuda")
	fs.StringVar(&dtype, "dtype", "float32", "float32 or float64")
	fs.StringVar(&hidden, "hidden", "50", "units of the hidden layers, such as 50 or 256,128")
	fs.StringVar(&o.activation, "activation", "sigmoid", "of the hidden layers: "+strings.Join(models.ActivationNames(), ", "))
	fs.IntVar(&o.batch, "batch", 100, "images in a mini-batch, drawn with replacement")
	fs.IntVar(&o.iters, "iters", 10000, "iterations; 0 only evaluates")
	fs.Float64Var(&o.lr, "lr", 0.1, "learning rate")
	fs.Float64Var(&o.std, "std", 0.01, "standard deviation of the initial weights")
	fs.Uint64Var(&o.seed, "seed", 1, "of the initial weights and of the batches")
	fs.StringVar(&o.data, "data", "embedded", "embedded (MNIST) or a folder with four IDX files, plain or .gz")
	fs.StringVar(&o.out, "out", "", "folder for loss.png, accuracy.png, history.csv and model.safetensors")
	fs.StringVar(&o.save, "save", "", "write the parameters to this safetensors file")
	fs.StringVar(&o.load, "load", "", "start from the parameters in this safetensors file, with the net that it says it is of")
	fs.BoolVar(&o.tf32, "tf32", false, "with -backend=cuda: multiply large float32 matrices in TF32, faster and less exact")
	fs.BoolVar(&o.explain, "explain", false, "print the compiled training step, and stop")
	fs.BoolVar(&o.gradcheck, "gradcheck", false, "first check the gradient against finite differences")
	fs.BoolVar(&o.json, "json", false, "print one JSON object a line")
	if err := command.Parse(fs, args, stderr); err != nil {
		return nil, err
	}
	o.given = command.Given(fs)
	var err error
	if o.dtype, err = dtypeOf(dtype); err != nil {
		return nil, err
	}
	if o.hidden, err = widths(hidden); err != nil {
		return nil, err
	}
	return &o, o.check()
}

func dtypeOf(name string) (tensor.Dtype, error) {
	dt, ok := dtypes[name]
	if !ok {
		return dt, fmt.Errorf("-dtype %q is unknown: choose float32 or float64", name)
	}
	return dt, nil
}

// widths reads a list of layer sizes.
func widths(s string) ([]int, error) {
	var out []int
	for _, part := range strings.Split(s, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < 1 || n > 1<<20 {
			return nil, fmt.Errorf("-hidden %q: %q is not a number of units from 1 to %d; give a list such as 50 or 256,128", s, part, 1<<20)
		}
		out = append(out, n)
	}
	return out, nil
}

func (o *options) check() error {
	switch {
	case !slices.Contains(models.ActivationNames(), o.activation):
		return fmt.Errorf("-activation %q is unknown: choose one of %s", o.activation, strings.Join(models.ActivationNames(), ", "))
	case o.batch < 1:
		return fmt.Errorf("-batch %d: a batch has at least one image", o.batch)
	case o.iters < 0:
		return fmt.Errorf("-iters %d: it cannot be negative; 0 only evaluates", o.iters)
	case !(o.lr > 0) || math.IsInf(o.lr, 0):
		return fmt.Errorf("-lr %v: the learning rate is a number above 0, such as 0.1", o.lr)
	case !(o.std >= 0) || math.IsInf(o.std, 0):
		return fmt.Errorf("-std %v: a standard deviation is a number of at least 0", o.std)
	}
	if o.tf32 && o.dtype != tensor.Float32 {
		return errors.New("-tf32 is for -dtype float32: leave one of the two out")
	}
	if o.data == "embedded" {
		const mnist = 60000
		return o.checkSize(mnist)
	}
	return nil
}

func (o *options) checkBatch(d *data.Dataset) error { return o.checkSize(d.Train.Len()) }

func (o *options) checkSize(images int) error {
	if o.batch > images {
		return fmt.Errorf("-batch %d: the training set has only %d images", o.batch, images)
	}
	return nil
}

// mlp is the network that the flags describe, for this data set.
func (o *options) mlp(d *data.Dataset) models.MLP {
	w := append([]int{d.Train.Pixels()}, o.hidden...)
	std := o.std
	if std == 0 {
		std = models.Zero // zeros as asked, not the usual deviation
	}
	return models.MLP{Widths: append(w, d.Classes), Activation: o.activation, Std: std, Seed: o.seed}
}

func (o *options) config() train.Config {
	return train.Config{Batch: o.batch, Iters: o.iters, LR: o.lr, Seed: o.seed, Saves: o.save != "" || o.out != ""}
}
