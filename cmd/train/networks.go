package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"
)

// network is one of -model.
type network struct {
	name  string            // of its models.Sequential, which files say
	usual map[string]string // flags whose usual value is another than that of mlp
	build func(o *options, d *data.Set) (models.Sequential, error)
}

var networks = map[string]network{
	"twolayer": {"mlp", nil, func(o *options, d *data.Set) (models.Sequential, error) {
		net := models.TwoLayerNet(d.Train.Inputs(), o.hidden[0], d.Train.Outputs(), o.std, o.seed)
		net.Regression = d.Regression()
		return net.Sequential()
	}},
	"mlp": {"mlp", nil, func(o *options, d *data.Set) (models.Sequential, error) {
		return models.MLP{Widths: slices.Concat([]int{d.Train.Inputs()}, o.hidden, []int{d.Train.Outputs()}), Regression: d.Regression()}.Sequential()
	}},
	"simpleconv": {"simpleconv", map[string]string{"hidden": "100", "activation": "relu", "optimizer": "adam", "iters": "12000"},
		func(o *options, d *data.Set) (models.Sequential, error) {
			return convolutional(models.SimpleConvNet, o, d)
		}},
	"deepconv": {"deepconv", map[string]string{"hidden": "50", "activation": "relu", "init": "he", "dropout": "0.5", "optimizer": "adam", "iters": "12000"},
		func(o *options, d *data.Set) (models.Sequential, error) {
			return convolutional(models.DeepConvNet, o, d)
		}},
}

// convolutional is such a network for images.
func convolutional(net func(in models.Image, hidden, outputs int) models.Sequential, o *options, d *data.Set) (models.Sequential, error) {
	if len(d.Shape) != 3 {
		return models.Sequential{}, fmt.Errorf("-model %s: it is for images, and the samples of %s are rows of %d numbers: choose mlp", o.model, d.Name, d.Train.Inputs())
	}
	s := net(models.Image{Channels: d.Shape[0], Height: d.Shape[1], Width: d.Shape[2]}, o.hidden[0], d.Train.Outputs())
	s.Regression = d.Regression()
	return s, nil
}

// optimizers are those of -optimizer, with their usual learning rates.
var optimizers = map[string]struct {
	optimizer models.Optimizer
	lr        string
}{
	"sgd":      {models.SGD{}, "0.1"},
	"momentum": {models.Momentum{}, "0.01"},
	"nesterov": {models.Nesterov{}, "0.01"},
	"adagrad":  {models.AdaGrad{}, "0.01"},
	"rmsprop":  {models.RMSProp{}, "0.001"},
	"adam":     {models.Adam{}, "0.001"},
}

// inits are those of -init, for a -std.
var inits = map[string]func(std float64) models.Init{
	"std":    models.Std,
	"he":     func(float64) models.Init { return models.He },
	"xavier": func(float64) models.Init { return models.Xavier },
}

// settle gives the flags that neither the user nor a file has set what is usual for the network and the optimizer.
func (o *options) settle() (err error) {
	net, err := choose("model", o.model, networks)
	if err != nil {
		return err
	}
	for name, value := range net.usual {
		o.usually(name, value)
	}
	opt, err := choose("optimizer", o.optimizer, optimizers)
	if err != nil {
		return err
	}
	o.usually("lr", opt.lr)
	if _, err := choose("init", o.init, inits); err != nil {
		return err
	}
	if o.dtype, err = choose("dtype", o.dtypeName, dtypes); err != nil {
		return err
	}
	o.hidden, err = widths(o.hiddenList)
	return err
}

// usually gives a flag that nobody has set another usual value.
func (o *options) usually(name, value string) {
	if o.given[name] || o.taken[name] {
		return
	}
	if err := o.flags.Set(name, value); err != nil {
		panic(err) // our own bug: the tables are ours
	}
}

// choose is what a flag has chosen by name.
func choose[T any](flag, name string, from map[string]T) (T, error) {
	v, ok := from[name]
	if !ok {
		return v, fmt.Errorf("-%s %q is unknown: choose %s", flag, name, list(from))
	}
	return v, nil
}

// list names what a table has to choose from.
func list[T any](from map[string]T) string {
	names := slices.Sorted(maps.Keys(from))
	if len(names) == 2 {
		return names[0] + " or " + names[1]
	}
	return "one of " + strings.Join(names, ", ")
}

// checkNetwork finds what does not go together.
func (o *options) checkNetwork() error {
	switch {
	case o.layers == nil && o.model != "mlp" && len(o.hidden) != 1:
		return fmt.Errorf("-hidden %s: %s has one hidden layer: give one number, or -model mlp", models.JoinWidths(o.hidden), o.model)
	case !(o.std >= 0) || math.IsInf(o.std, 0):
		return fmt.Errorf("-std %v: a standard deviation is a number of at least 0", o.std)
	case !(o.dropout >= 0 && o.dropout < 1):
		return fmt.Errorf("-dropout %v: the probability to drop is from 0 to below 1", o.dropout)
	case !(o.decay >= 0) || math.IsInf(o.decay, 0):
		return fmt.Errorf("-weight-decay %v: it is a number of at least 0, such as 0.0001", o.decay)
	case o.given["std"] && o.init != "std":
		return fmt.Errorf("-std %v: it is for -init std, and -init is %s here: leave it out, or give -init std", o.std, o.init)
	}
	return nil
}

// sequential is the network that the flags describe, or the file of -load, for this data set.
func (o *options) sequential(d *data.Set) (s models.Sequential, err error) {
	if o.layers != nil {
		s, err = o.loaded(d)
	} else {
		s, err = o.described(d)
	}
	s.Init, s.Seed, s.Decay = inits[o.init](o.std), o.seed, o.decay
	return s, err
}

// described is the network of the flags.
func (o *options) described(d *data.Set) (models.Sequential, error) {
	s, err := networks[o.model].build(o, d)
	s = s.WithActivation(o.activation).WithDropout(o.dropout)
	if o.batchnorm {
		s = s.WithBatchNorm()
	}
	return s, err
}
