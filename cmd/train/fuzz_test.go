package main

import (
	"io"
	"math"
	"slices"
	"testing"

	"github.com/stheno/stheno/internal/command/commandtest"
	"github.com/stheno/stheno/models"
)

// held says by t what is wrong with options that were taken.
func (o *options) held(t *testing.T) {
	if !(o.lr > 0 && o.lr <= math.MaxFloat64 && o.std >= 0 && o.std <= math.MaxFloat64) || o.batch < 1 || o.batch > 60000 && o.data.path == embedded || o.iters < 0 ||
		slices.ContainsFunc(o.hidden, func(n int) bool { return n < 1 || n > 1<<20 }) ||
		!slices.Contains(models.ActivationNames(), o.activation) || dtypes[o.dtype.String()] != o.dtype {
		t.Errorf("%+v are taken", o)
	}
}

func FuzzFlags(f *testing.F) {
	commandtest.Fuzz(f, "train", func(t *testing.T, args []string, w io.Writer) error {
		o, err := parse(args, w)
		if err == nil {
			o.held(t)
		}
		return err
	}, "-hidden\x00256,128\x00-activation\x00relu\x00-lr\x000.05", "-iters\x00100000000000000\x00-batch=60001", "-hidden= 1 ,2\x00-std\x000", "-lr=NaN", "-lr\x001e999",
		"-dtype=float64\x00-tf32", "-data\x00x\x00-batch\x00100000", "-load\x00x\r\x00-save\x00y\x00-out\x00z\x00-json\x00-seed\x0018446744073709551615", "-hidden\x00,,")
}

// FuzzFileAndFlags: what a file says of its net is taken as flags are, or refused, beside whatever flags there are.
func FuzzFileAndFlags(f *testing.F) {
	const sep = "\x00\x00" // before what the file says: hidden, activation, dtype
	commandtest.Fuzz(f, "train", func(t *testing.T, args []string, w io.Writer) error {
		at := max(slices.Index(args, ""), 0)
		o, err := parse(args[:at], w)
		if err != nil {
			return err
		}
		o.load, o.file = "file", &models.File{Path: "file", About: map[string]string{}}
		for i, key := range []string{models.AboutHidden, models.AboutActivation, models.AboutDType} {
			if said := args[at+1:]; i < len(said) {
				o.file.About[key] = said[i]
			}
		}
		if err = o.takeNet(); err == nil {
			o.held(t)
		}
		return err
	}, sep+"50\x00relu\x00float64", "-hidden\x007"+sep+"8", "-dtype\x00float32\x00-tf32"+sep+"1,2\x00tanh\x00float64", sep+"0\x00\x1b\x00f", sep+"\x00\x00")
}
