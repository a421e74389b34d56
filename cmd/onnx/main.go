// Command onnx writes a model of Stheno's in the format that other programs run, reads theirs, and says what is in a file of ONNX.
//
//	go run ./cmd/onnx -load model.safetensors -save model.onnx
//	go run ./cmd/onnx -load model.onnx
//	go run ./cmd/onnx -load model.onnx -save model.safetensors
//	go run ./cmd/onnx -ops
//
// Exit code 2: a flag or a file is wrong.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"
	"github.com/stheno/stheno/internal/command"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/onnx"
)

const commandName = "onnx"

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is main without the process.
func run(args []string, stdout, stderr io.Writer) int {
	return command.Run(commandName, stdout, stderr, func(out io.Writer) error {
		o, err := parse(args, stderr)
		if err != nil {
			return err
		}
		return o.convert(out)
	})
}

// options are the command's flags, checked.
type options struct {
	load, save string
	ops        bool
}

const onnxFile = ".onnx"

func isONNX(path string) bool { return strings.EqualFold(filepath.Ext(path), onnxFile) }

func parse(args []string, stderr io.Writer) (*options, error) {
	var o options
	fs := flag.NewFlagSet(commandName, flag.ContinueOnError)
	fs.StringVar(&o.load, "load", "", "the model: a file of cmd/train, or one that ends in .onnx")
	fs.StringVar(&o.save, "save", "", "write it here: as ONNX where the name ends in .onnx, else as a file of Stheno's")
	fs.BoolVar(&o.ops, "ops", false, "print the names of ONNX's operators that are computed here, and stop")
	if err := command.Parse(fs, args, stderr); err != nil {
		return nil, err
	}
	switch {
	case o.ops:
		return &o, nil
	case o.load == "":
		return nil, errors.New("no model: name its file with -load, such as -load model.safetensors")
	case o.save == "" && !isONNX(o.load):
		return nil, fmt.Errorf("-load %s: name a file to write with -save, such as -save model.onnx", o.load)
	case o.save != "" && isONNX(o.load) == isONNX(o.save):
		return nil, fmt.Errorf("-load %s -save %s: one of the two is a file of ONNX, whose name ends in .onnx", o.load, o.save)
	}
	return &o, nil
}

// convert does what the flags ask for.
func (o *options) convert(out io.Writer) error {
	if o.ops {
		_, err := fmt.Fprintln(out, strings.Join(onnx.Operators(), "\n"))
		return err
	}
	engine, err := backend.Open("go")
	if err != nil {
		return err
	}
	defer engine.Close()
	if !isONNX(o.load) {
		return o.export(engine)
	}
	m, err := onnx.Load(o.load)
	if err != nil {
		return fmt.Errorf("-load: %w", err)
	}
	if o.save == "" {
		return describe(out, m)
	}
	return o.layers(m, engine)
}

func (o *options) export(engine backend.Engine) error {
	m, err := models.Load(o.load, engine)
	if err != nil {
		return fmt.Errorf("-load: %w", err)
	}
	defer m.Close()
	written, err := onnx.Export(m)
	if err != nil {
		return fmt.Errorf("-load: %s: %w", o.load, err)
	}
	if err := written.Save(o.save); err != nil {
		return fmt.Errorf("-save: %w", err)
	}
	return nil
}

// layers writes a file of Stheno's of a model that is a list of layers.
func (o *options) layers(m *onnx.Model, engine backend.Engine) error {
	made, err := m.Layers(engine)
	if err != nil {
		return fmt.Errorf("-load: %w", err)
	}
	defer made.Close()
	if err := models.Save(o.save, made); err != nil {
		return fmt.Errorf("-save: %w", err)
	}
	return nil
}

// describe prints what is in a file, and what of it cannot be computed here.
func describe(out io.Writer, m *onnx.Model) error {
	fmt.Fprintf(out, "written by %s, operators of version %d\n", command.Printable(m.Producer), m.Opset)
	for _, side := range []struct {
		name   string
		values []onnx.Value
	}{{"reads", m.Inputs()}, {"gives", m.Outputs()}} {
		for _, v := range side.values {
			fmt.Fprintf(out, "%s %s\n", side.name, command.Printable(v.String()))
		}
	}
	for _, op := range m.Ops() {
		note := ""
		if !op.Known {
			note = "  not computed here"
		}
		fmt.Fprintf(out, "%6d %s%s\n", op.Count, command.Printable(op.Name), note)
	}
	net, err := m.Net()
	if err != nil {
		fmt.Fprintln(out, command.Printable("cannot be run as a net: "+err.Error()))
		return nil
	}
	fmt.Fprintf(out, "a net of %d inputs, %d outputs and %d parameters: cmd/predict runs it\n", net.In, net.Out, net.Size())
	if _, _, err := m.Sequential(); err != nil {
		fmt.Fprintln(out, command.Printable("no file of Stheno's can be made of it: "+err.Error()))
	} else {
		fmt.Fprintln(out, "-save makes a file of Stheno's of it, which cmd/train trains further")
	}
	return nil
}
