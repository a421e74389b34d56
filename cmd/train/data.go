package main

import (
	"encoding/csv"
	"flag"
	"fmt"
	"strconv"
	"strings"

	"github.com/stheno/stheno/data"
)

// dataOptions are the flags that say what data there are and how they are read.
type dataOptions struct {
	path             string
	label, task      string
	categories, drop string
	image            string
	test             string
	split            float64
	standardise      bool
	sampling         string
}

// sampleMemory is how many bytes of samples stay in memory; 0 is usual, and tests take less.
var sampleMemory int64

// embedded is the -data of the digits in the program.
const embedded = "embedded"

var (
	tasks     = map[string]bool{"classification": false, "regression": true}
	samplings = map[string]data.Sampling{"replacement": data.WithReplacement, "epochs": data.Epochs}
)

func (d *dataOptions) flags(fs *flag.FlagSet) {
	fs.StringVar(&d.path, "data", embedded, "embedded (MNIST); a table, .csv or .tsv; NumPy's arrays X and y, .npz or .npy; a folder with IDX files, or with a folder of pictures for each class")
	fs.StringVar(&d.label, "label", "", "of a table: the column to predict, usually the last; of regression also several, such as a,b")
	fs.StringVar(&d.task, "task", "classification", list(tasks))
	fs.StringVar(&d.categories, "categories", "", "of a table: columns whose numbers are names, such as zip,month")
	fs.StringVar(&d.drop, "drop", "", "of a table: columns that are left out, such as id,name")
	fs.StringVar(&d.image, "image", "", "the size that pictures are scaled to, such as 1x28x28 (1 channel is grey, 3 are colours); usually that of the first")
	fs.StringVar(&d.test, "test", "", "samples to test on, of the kind of -data")
	fs.Float64Var(&d.split, "split", 0, "the part of the samples that is drawn to test on; usually 0.2 of data that have none of their own")
	fs.BoolVar(&d.standardise, "standardise", false, "take the mean of the training samples off each input, and divide by their standard deviation")
	fs.StringVar(&d.sampling, "sampling", "replacement", "how samples are drawn: replacement, or epochs, each of which has all of them once")
}

// check finds what does not go together.
func (d *dataOptions) check(given map[string]bool) error {
	if _, err := choose("task", d.task, tasks); err != nil {
		return err
	}
	if _, err := choose("sampling", d.sampling, samplings); err != nil {
		return err
	}
	if _, err := d.size(); err != nil {
		return err
	}
	switch {
	case given["split"] && !(d.split > 0 && d.split < 1):
		return fmt.Errorf("-split %v: a part of the samples, above 0 and below 1, such as 0.2", d.split)
	case given["split"] && d.test != "":
		return fmt.Errorf("-split %v: -test %s has the samples to test on: leave one of the two out", d.split, d.test)
	case d.path != embedded:
		return nil
	}
	for _, name := range []string{"label", "task", "categories", "drop", "image", "test", "split", "standardise"} {
		if given[name] {
			return fmt.Errorf("-%s: it is for data of your own: name them with -data", name)
		}
	}
	return nil
}

// size is that of -image.
func (d *dataOptions) size() (*data.Image, error) {
	if d.image == "" {
		return nil, nil
	}
	var n []int
	for _, part := range strings.Split(d.image, "x") {
		v, err := strconv.Atoi(part)
		if err != nil || v < 1 {
			n = nil
			break
		}
		n = append(n, v)
	}
	if len(n) != 3 || n[0] != 1 && n[0] != 3 {
		return nil, fmt.Errorf("-image %q: channels, height and width are wanted, such as 1x28x28 in grey or 3x32x32 in colours", d.image)
	}
	return &data.Image{Channels: n[0], Height: n[1], Width: n[2]}, nil
}

// taskOf is what a net or a data set is for, as -task calls it.
func taskOf(regression bool) string {
	if regression {
		return "regression"
	}
	return "classification"
}

// dataset is the embedded MNIST or what -data names, read as the model of -load wants it.
func (o *options) dataset() (*data.Set, error) {
	if o.data.path == embedded {
		mnist, err := data.MNIST()
		if err != nil {
			return nil, err
		}
		return mnist.Set()
	}
	how, err := o.data.how(o.seed)
	if err != nil {
		return nil, err
	}
	if o.file != nil && o.file.Knows() {
		if err := o.follow(&how); err != nil {
			return nil, fmt.Errorf("-%s: %w", o.fileFlag(), err)
		}
	}
	how.Share, how.Memory = o.together.Group, sampleMemory
	s, err := data.Open(o.data.path, how)
	if err != nil {
		return nil, fmt.Errorf("-data: %w", err)
	}
	return s, o.checkBatch(s)
}

// follow has the data read as those were that the model of -load has learned from.
func (o *options) follow(how *data.OpenOptions) error {
	net, err := o.file.Net()
	if err != nil {
		return err
	}
	if o.given["task"] && how.Regression != o.layers.Regression {
		return fmt.Errorf("%s: its net is for %s: leave -task out, or load another file", o.load, taskOf(o.layers.Regression))
	}
	how.Regression = o.layers.Regression
	how.Classes = net.Classes
	if how.Like, err = data.ParsePreprocessing(net.Preprocessing); err != nil {
		return fmt.Errorf("%s: %w", o.file.Path, err)
	}
	for _, name := range []string{"categories", "image", "standardise"} {
		if how.Like != nil && o.given[name] {
			return fmt.Errorf("%s: -%s: the model says how its inputs are made: leave the flag out", o.file.Path, name)
		}
	}
	return nil
}

func (d *dataOptions) how(seed uint64) (how data.OpenOptions, err error) {
	how = data.OpenOptions{Regression: tasks[d.task], Test: d.test, Split: d.split, Seed: seed, Standardise: d.standardise}
	for _, f := range []struct {
		flag, list string
		names      *[]string
	}{{"label", d.label, &how.Labels}, {"categories", d.categories, &how.Categories}, {"drop", d.drop, &how.Drop}} {
		if *f.names, err = names(f.flag, f.list); err != nil {
			return how, err
		}
	}
	how.Image, err = d.size()
	return how, err
}

// names reads a list such as a,b, in which "c,d" is one name.
func names(flag, list string) ([]string, error) {
	if list == "" {
		return nil, nil
	}
	r := csv.NewReader(strings.NewReader(list))
	r.TrimLeadingSpace = true
	names, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("-%s %q: names of columns with commas between them are wanted, and quotes around a name with a comma", flag, list)
	}
	return names, nil
}
