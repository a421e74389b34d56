package main

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"
)

// readFile reads the file of -load.
func (o *options) readFile() (err error) {
	if o.load == "" {
		return nil
	}
	if o.file, err = models.Open(o.load); err != nil {
		return fmt.Errorf("-load: %w", err)
	}
	return o.takeNet()
}

// ofNet are the flags that a file answers, and under which key. The first decides what is usual for the others.
var ofNet = []struct {
	flag, key string
	ours      func(o *options) string
	converted bool // a flag that is given may differ
}{
	{"model", models.AboutNet, func(o *options) string { return networks[o.model].name }, false},
	{"activation", models.AboutActivation, func(o *options) string { return o.activation }, false},
	{"hidden", models.AboutHidden, func(o *options) string { return models.JoinWidths(o.hidden) }, false},
	{"batchnorm", models.AboutBatchNorm, func(o *options) string { return strconv.FormatBool(o.batchnorm) }, false},
	{"dtype", models.AboutDType, func(o *options) string { return o.dtypeName }, true},
}

// takeNet takes what the file says of its net where no flag says it, and else holds it to the flag; only a float type may be another
// one: the parameters are converted. The layers of a file that knows them are taken as they are, whatever the flags could say.
func (o *options) takeNet() error {
	knows := o.file.Knows()
	for _, c := range ofNet {
		theirs, says := o.file.About[c.key]
		if c.flag == "activation" && knows && !says {
			theirs, says = "none or several", o.given[c.flag]
		}
		switch {
		case !says || theirs == c.ours(o) || c.converted && o.given[c.flag]:
			continue
		case o.given[c.flag]:
			return fmt.Errorf("-%s %s: %s was saved with %s: leave the flag out, or load another file", c.flag, c.ours(o), o.load, theirs)
		case c.flag == "model" && knows && networks[theirs].build == nil: // a net of a program of the user's
			continue
		}
		if err := o.take(c.flag, theirs); err != nil {
			return fmt.Errorf("-load: %s: %w", o.load, err)
		}
	}
	if knows {
		if err := o.takeLayers(); err != nil {
			return fmt.Errorf("-load: %w", err)
		}
	}
	if err := o.check(); err != nil {
		return fmt.Errorf("-load: %s: %w", o.load, err)
	}
	return nil
}

// takeLayers takes the layers as the file lists them, with their dropouts unless the flag says another probability.
func (o *options) takeLayers() error {
	s, err := o.file.Sequential()
	if err != nil {
		return err
	}
	o.layers = &s
	if o.given["dropout"] {
		return nil
	}
	o.dropout = 0
	for _, l := range s.Layers {
		if d, ok := l.(models.Dropout); ok {
			o.dropout = float64(d)
		}
	}
	o.taken["dropout"] = true
	return nil
}

// loaded are the layers of the file, held to the data set.
func (o *options) loaded(d *data.Set) (models.Sequential, error) {
	s := *o.layers
	switch in := s.In; {
	case !slices.Equal(in, d.Shape) && !slices.Equal(in, []int{d.Train.Inputs()}):
		return s, fmt.Errorf("-load: %s: its net reads samples of the shape %v, -data %s has samples of %v: give it the data it was made for", o.load, in, o.data.path, d.Shape)
	case s.Regression != d.Regression():
		return s, fmt.Errorf("-load: %s: its net is for %s, -data %s for %s: give it the data it was made for", o.load, taskOf(s.Regression), o.data.path, taskOf(d.Regression()))
	}
	if o.given["dropout"] {
		s = s.WithDropout(o.dropout)
	}
	return s, nil
}

// describe gives the net the names of its classes and the preprocessing of its inputs: those of the file, else those of the data.
func (o *options) describe(n *models.Net, d *data.Set) error {
	if o.file != nil {
		if err := o.file.Describe(n); err != nil {
			return err
		}
	}
	if n.Classes == nil {
		n.Classes = d.Classes
	}
	if n.Preprocessing == "" {
		n.Preprocessing = d.Preprocessing.Text()
	}
	return nil
}

// take sets a flag to what the file says.
func (o *options) take(name, value string) error {
	if err := o.flags.Set(name, value); err != nil {
		return fmt.Errorf("its %s is %q: %w", name, value, err)
	}
	o.taken[name] = true
	return o.settle()
}
