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
	clip       float64
	schedule   train.Schedule
	batch      int
	iters      int
	seed       uint64
	data       dataOptions
	out        string
	save, load string
	imported   string
	resume     string
	evalEvery  int
	val        float64
	earlyStop  int

	checkpointEvery int
	mpi             string
	parts           int
	tf32            bool
	explain         bool
	gradcheck       bool
	json            bool

	flags                 *flag.FlagSet
	given, taken          map[string]bool // the flags that were set, and those that the file of -load has set
	dtypeName, hiddenList string          // as they were given
	scheduleText          string
	file                  *models.File       // of -load
	layers                *models.Sequential // of a file that knows them
	state                 *train.State       // of -resume
	last                  *train.State       // that the training has had
	folder                *output.Folder     // of -out
	keeper                keeper
	together              processes
}

var dtypes = map[string]tensor.Dtype{"float32": tensor.Float32, "float64": tensor.Float64}

// parse reads the flags. A wrong one is one line; -h prints what there is.
func parse(args []string, stderr io.Writer) (*options, error) {
	var o options
	fs := flag.NewFlagSet(commandName, flag.ContinueOnError)
	fs.StringVar(&o.backend, "backend", "go", "engine: go, blas (OpenBLAS) or cuda")
	fs.StringVar(&o.dtypeName, "dtype", "float32", "float32 or float64")
	fs.StringVar(&o.model, "model", "mlp", list(networks))
	fs.StringVar(&o.hiddenList, "hidden", "50", "units of the hidden layers, such as 50 or, of mlp, 256,128; \"\" is none: softmax regression; usually 100 of simpleconv")
	fs.StringVar(&o.activation, "activation", "sigmoid", "of the hidden layers: "+strings.Join(models.ActivationNames(), ", ")+"; usually relu of the convolutional nets")
	fs.BoolVar(&o.batchnorm, "batchnorm", false, "batch normalisation before each activation")
	fs.Float64Var(&o.dropout, "dropout", 0, "the probability of hidden units to be dropped in training; usually 0.5 of deepconv")
	fs.Float64Var(&o.decay, "weight-decay", 0, "the loss has half of this times the sum of all squared weights in it; adamw takes this share of every parameter, times the rate; usually 0.01 of adamw")
	fs.StringVar(&o.init, "init", "std", "initial weights, "+list(inits)+"; usually he of deepconv")
	fs.Float64Var(&o.std, "std", 0.01, "standard deviation of the initial weights of -init std")
	fs.StringVar(&o.optimizer, "optimizer", "sgd", list(optimizers)+"; usually adam of the convolutional nets")
	fs.Float64Var(&o.lr, "lr", 0.1, "learning rate; usually 0.01 of momentum, nesterov and adagrad, 0.001 of rmsprop, adam and adamw")
	fs.StringVar(&o.scheduleText, "schedule", "constant", "how the learning rate changes: constant, step:EVERY:FACTOR, cosine, cosine:ITERATIONS:LOWEST, or warmup:ITERATIONS and with a comma one of these")
	fs.Float64Var(&o.clip, "clip", 0, "scale the gradient down where its norm is above this; 0 never")
	fs.IntVar(&o.batch, "batch", 100, "samples in a mini-batch")
	fs.IntVar(&o.iters, "iters", 10000, "iterations; 0 only evaluates; usually 12000 of the convolutional nets")
	fs.IntVar(&o.evalEvery, "eval-every", 0, "iterations from one evaluation to the next; 0 is an epoch")
	fs.Float64Var(&o.val, "val", 0, "the share of the training samples that is held out, to tell the best model, which is the one that is kept")
	fs.IntVar(&o.earlyStop, "early-stop", 0, "with -val: stop after so many evaluations in a row without a better one; 0 never")
	fs.Uint64Var(&o.seed, "seed", 1, "of the initial weights, of the batches and of what dropout drops")
	o.data.flags(fs)
	fs.StringVar(&o.out, "out", "", "folder for the model, its history, pictures, and a checkpoint to go on from")
	fs.StringVar(&o.save, "save", "", "write the parameters to this safetensors file")
	fs.StringVar(&o.load, "load", "", "start from the parameters in this safetensors file, with the net that it says it is of")
	fs.StringVar(&o.resume, "resume", "", "go on with the training that has left this checkpoint, or one in this folder, with its flags")
	fs.IntVar(&o.checkpointEvery, "checkpoint-every", 0, "with -out: write a checkpoint to go on from each so many iterations, not only at the end")
	fs.StringVar(&o.imported, "import", "", "what wrote the file of -load: pytorch, or pytorch:NAME,NAME with the names of its modules in the order of the net's layers")
	fs.StringVar(&o.mpi, "mpi", mpiAuto, "auto: processes that mpirun or srun has started train together; off: each alone; or the MPI library to load")
	fs.IntVar(&o.parts, "parts", 0, "compute each batch in so many parts, a power of two such as 8: the same bits for 1, 2, 4, ... processes; 0 is one part a process, which is faster")
	fs.BoolVar(&o.tf32, "tf32", false, "with -backend=cuda: large float32 products and convolutions in TF32, faster and less exact")
	fs.BoolVar(&o.explain, "explain", false, "print the compiled training step, and stop")
	fs.BoolVar(&o.gradcheck, "gradcheck", false, "first check the gradient against finite differences")
	fs.BoolVar(&o.json, "json", false, "print one JSON object a line")
	if err := command.Parse(fs, args, stderr, "hidden"); err != nil {
		return nil, err
	}
	o.flags, o.given, o.taken = fs, command.Given(fs), map[string]bool{}
	if err := o.settle(); err != nil {
		return nil, err
	}
	if err := o.checkResume(); err != nil {
		return nil, err
	}
	if o.resume != "" { // then most flags are in the file, and what goes together is known when it has been read
		return &o, nil
	}
	return &o, o.check()
}

// widths reads a list of layer sizes, which may be empty.
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
	}
	if err := o.checkNetwork(); err != nil {
		return err
	}
	if err := o.checkRate(); err != nil {
		return err
	}
	if err := o.checkTraining(); err != nil {
		return err
	}
	if err := o.checkParts(); err != nil {
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

// checkRate reads what decides how far a step goes.
func (o *options) checkRate() (err error) {
	switch {
	case !(o.lr > 0) || math.IsInf(o.lr, 0):
		return fmt.Errorf("-lr %v: the learning rate is a number above 0, such as 0.1", o.lr)
	case !(o.clip >= 0) || math.IsInf(o.clip, 0):
		return fmt.Errorf("-clip %v: the largest norm of the gradient is a number above 0, such as 1; 0 is no limit", o.clip)
	}
	if o.schedule, err = train.ParseSchedule(o.scheduleText); err != nil {
		return fmt.Errorf("-%w", err)
	}
	return nil
}

// checkTraining finds what is wrong with what comes between the steps.
func (o *options) checkTraining() error {
	switch {
	case o.evalEvery < 0:
		return fmt.Errorf("-eval-every %d: iterations are counted from 1; 0 is once an epoch", o.evalEvery)
	case !(o.val >= 0 && o.val < 1):
		return fmt.Errorf("-val %v: the share of the training samples to hold out is from 0 to below 1, such as 0.1", o.val)
	case o.earlyStop < 0:
		return fmt.Errorf("-early-stop %d: evaluations are counted from 1; 0 never stops", o.earlyStop)
	case o.earlyStop > 0 && o.val == 0:
		return fmt.Errorf("-early-stop %d: it needs samples that are held out: give -val 0.1, or leave it out", o.earlyStop)
	case o.checkpointEvery < 0:
		return fmt.Errorf("-checkpoint-every %d: iterations are counted from 1; 0 is only at the end", o.checkpointEvery)
	case o.given["checkpoint-every"] && o.out == "":
		return fmt.Errorf("-checkpoint-every %d: it writes into the folder of -out: give -out, or leave it out", o.checkpointEvery)
	}
	return nil
}

// checkBatch holds a batch that was given to the number of samples; another is no larger than that.
func (o *options) checkBatch(d *data.Set) error {
	samples := d.Train.Len()
	samples -= o.config().HeldOut(samples)
	switch {
	case samples < 1: // which the training tells
		return nil
	case !o.given["batch"] && !o.taken["batch"]:
		o.batch = min(o.batch, samples)
	}
	return o.checkSize(samples)
}

func (o *options) checkSize(samples int) error {
	if o.batch > samples {
		return fmt.Errorf("-batch %d: the training set has only %d samples", o.batch, samples)
	}
	return nil
}

func (o *options) config() train.Config {
	opt, _ := o.optimizerOf()
	return train.Config{
		Batch: o.batch, Iters: o.iters, LR: o.lr, Schedule: o.schedule, Seed: o.seed, Optimizer: opt,
		EvalEvery: o.evalEvery, Validation: o.val, EarlyStop: o.earlyStop, CheckpointEvery: o.checkpointEvery, Resume: o.state, Note: o.note(),
		Sampling: samplings[o.data.sampling], Saves: o.save != "" || o.out != "", Group: o.together.Group, Parts: o.parts,
	}
}
