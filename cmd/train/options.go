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
	"github.com/stheno/stheno/internal/output"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/train"

	"gorgonia.org/tensor"
)

// options are the command's flags, checked.
type options struct {
	backend    string
	dtype      tensor.Dtype
	model      string
	hidden     []int
	activation string
	batchnorm  bool
	dropout    float64
	init       string
	std        float64
	optimizer  string
	lr, decay  float64
	batch      int
	iters      int
	seed       uint64
	data       dataOptions
	out        string
	save, load string
	tf32       bool
	explain    bool
	gradcheck  bool
	json       bool

	flags                 *flag.FlagSet
	given, taken          map[string]bool    // the flags that were set, and those that the file of -load has set
	dtypeName, hiddenList string             // as they were given
	file                  *models.File       // of -load
	layers                *models.Sequential // of a file that knows them
	folder                *output.Folder     // of -out
	keeper                keeper
}

var dtypes = map[string]tensor.Dtype{"float32": tensor.Float32, "float64": tensor.Float64}

// parse reads the flags. A wrong one is one line; -h prints what there is.
func parse(args []string, stderr io.Writer) (*options, error) {
	var o options
	fs := flag.NewFlagSet(commandName, flag.ContinueOnError)
	fs.StringVar(&o.backend, "backend", "go", "engine: go, blas (OpenBLAS) or cuda")
	fs.StringVar(&o.dtypeName, "dtype", "float32", "float32 or float64")
	fs.StringVar(&o.model, "model", "mlp", list(networks))
	fs.StringVar(&o.hiddenList, "hidden", "50", "units of the hidden layers, such as 50 or, of mlp, 256,128; usually 100 of simpleconv")
	fs.StringVar(&o.activation, "activation", "sigmoid", "of the hidden layers: "+strings.Join(models.ActivationNames(), ", ")+"; usually relu of the convolutional nets")
	fs.BoolVar(&o.batchnorm, "batchnorm", false, "batch normalisation before each activation")
	fs.Float64Var(&o.dropout, "dropout", 0, "the probability of hidden units to be dropped in training; usually 0.5 of deepconv")
	fs.Float64Var(&o.decay, "weight-decay", 0, "the loss has half of this times the sum of all squared weights in it")
	fs.StringVar(&o.init, "init", "std", "initial weights, "+list(inits)+"; usually he of deepconv")
	fs.Float64Var(&o.std, "std", 0.01, "standard deviation of the initial weights of -init std")
	fs.StringVar(&o.optimizer, "optimizer", "sgd", list(optimizers)+"; usually adam of the convolutional nets")
	fs.Float64Var(&o.lr, "lr", 0.1, "learning rate; usually 0.01 of momentum, nesterov and adagrad, 0.001 of rmsprop and adam")
	fs.IntVar(&o.batch, "batch", 100, "samples in a mini-batch")
	fs.IntVar(&o.iters, "iters", 10000, "iterations; 0 only evaluates; usually 12000 of the convolutional nets")
	fs.Uint64Var(&o.seed, "seed", 1, "of the initial weights, of the batches and of what dropout drops")
	o.data.flags(fs)
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
	o.flags, o.given, o.taken = fs, command.Given(fs), map[string]bool{}
	if err := o.settle(); err != nil {
		return nil, err
	}
	return &o, o.check()
}

// widths reads a list of layer sizes.
func widths(s string) ([]int, error) {
	var out []int
	if s == "" { // a net without hidden layers
		return nil, nil
	}
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
	}
	if err := o.checkNetwork(); err != nil {
		return err
	}
	if o.tf32 && o.dtype != tensor.Float32 {
		return errors.New("-tf32 is for -dtype float32: leave one of the two out")
	}
	if err := o.data.check(o.given); err != nil {
		return err
	}
	if o.data.path == embedded {
		const mnist = 60000
		return o.checkSize(mnist)
	}
	return nil
}

// checkBatch holds a batch that was given to the number of samples; another is no larger than that.
func (o *options) checkBatch(d *data.Set) error {
	if !o.given["batch"] {
		o.batch = min(o.batch, d.Train.Len())
	}
	return o.checkSize(d.Train.Len())
}

func (o *options) checkSize(samples int) error {
	if o.batch > samples {
		return fmt.Errorf("-batch %d: the training set has only %d samples", o.batch, samples)
	}
	return nil
}

func (o *options) config() train.Config {
	return train.Config{
		Batch: o.batch, Iters: o.iters, LR: o.lr, Seed: o.seed, Optimizer: optimizers[o.optimizer].optimizer,
		Sampling: samplings[o.data.sampling], Saves: o.save != "" || o.out != "",
	}
}
