package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/stheno/stheno/internal/command"
)

// options are the command's flags, checked.
type options struct {
	load       string
	backend    string
	top        int
	as         string
	json       bool
	explain    bool
	explainOut string
	files      []string
}

// treatments are what -as may say of pictures.
var treatments = []string{"auto", "digit", "picture"}

// parse reads the flags and the names of files. A wrong one is one line; -h prints what there is.
func parse(args []string, stderr io.Writer) (*options, error) {
	var o options
	fs := flag.NewFlagSet(commandName, flag.ContinueOnError)
	fs.StringVar(&o.load, "load", "", "the model: a file of cmd/train, or one of ONNX")
	fs.StringVar(&o.backend, "backend", "go", "engine: go, blas (OpenBLAS) or cuda")
	fs.IntVar(&o.top, "top", 3, "how many classes to name, the most probable first")
	fs.StringVar(&o.as, "as", "auto", "what pictures are: digit (one, to be centred, scaled and inverted as MNIST's are), picture (only to be scaled), or auto: digits where the net's classes are 0 to 9")
	fs.BoolVar(&o.json, "json", false, "print one JSON object a line")
	fs.BoolVar(&o.explain, "explain", false, "also print what the net sees")
	fs.StringVar(&o.explainOut, "explain-out", "", "write what the net sees to this PNG")
	files, err := command.ParseFiles(fs, args, stderr)
	if err != nil {
		return nil, err
	}
	if o.files = files; len(files) == 0 {
		o.files = []string{stdinName}
	}
	return &o, o.check()
}

func (o *options) check() error {
	switch {
	case o.load == "":
		return errors.New("no model: name its file with -load, such as -load model.safetensors")
	case o.top < 1:
		return fmt.Errorf("-top %d: name at least one class", o.top)
	}
	for _, t := range treatments {
		if o.as == t {
			return nil
		}
	}
	return fmt.Errorf("-as %q is unknown: choose one of %s", o.as, strings.Join(treatments, ", "))
}
