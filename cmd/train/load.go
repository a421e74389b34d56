package main

import (
	"fmt"

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
		flag, key, ours string
		converted       bool
		take            func(theirs string) error
	}{
		{"activation", models.AboutActivation, o.activation, false, func(s string) error { o.activation = s; return nil }},
		{"hidden", models.AboutHidden, models.JoinWidths(o.hidden), false, func(s string) (err error) { o.hidden, err = widths(s); return err }},
		{"dtype", train.AboutDType, o.dtype.String(), true, func(s string) (err error) { o.dtype, err = dtypeOf(s); return err }},
	} {
		theirs, says := o.file.About[c.key]
		switch {
		case !says || theirs == c.ours || c.converted && o.given[c.flag]:
			continue
		case o.given[c.flag]:
			return fmt.Errorf("-%s %s: %s was saved with %s: leave the flag out, or load another file", c.flag, c.ours, o.load, theirs)
		}
		if err := c.take(theirs); err != nil {
			return fmt.Errorf("-load: %s: %w", o.load, err)
		}
	}
	if err := o.check(); err != nil {
		return fmt.Errorf("-load: %s: %w", o.load, err)
	}
	return nil
}
