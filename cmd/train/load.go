package main

import (
	"fmt"
	"strconv"

	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/train"
)

// readFile reads the file of -load.
func (o *options) readFile() (err error) {
	if o.load == "" {
		return nil
	}
	if o.file, err = train.Open(o.load); err != nil {
		return fmt.Errorf("-load: %w", err)
	}
	return o.takeNet()
}

// takeNet takes what the file says of its net where no flag says it, and else holds it to the flag; only a float type may be another
// one: the parameters are converted.
func (o *options) takeNet() error {
	for _, c := range []struct {
		flag, key string
		ours      func() string
		converted bool
	}{
		{"model", train.AboutNet, func() string { return networks[o.model].name }, false}, // first: it decides what is usual
		{"activation", models.AboutActivation, func() string { return o.activation }, false},
		{"hidden", models.AboutHidden, func() string { return models.JoinWidths(o.hidden) }, false},
		{"batchnorm", models.AboutBatchNorm, func() string { return strconv.FormatBool(o.batchnorm) }, false},
		{"dtype", train.AboutDType, func() string { return o.dtypeName }, true},
	} {
		theirs, says := o.file.About[c.key]
		switch {
		case !says || theirs == c.ours() || c.converted && o.given[c.flag]:
			continue
		case o.given[c.flag]:
			return fmt.Errorf("-%s %s: %s was saved with %s: leave the flag out, or load another file", c.flag, c.ours(), o.load, theirs)
		}
		if err := o.take(c.flag, theirs); err != nil {
			return fmt.Errorf("-load: %s: %w", o.load, err)
		}
	}
	if err := o.check(); err != nil {
		return fmt.Errorf("-load: %s: %w", o.load, err)
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
