// Command chapter4 prints the results of chapter 4 of "Deep Learning from Scratch" that come before the training, in the
// chapter's order, and draws its figures 4-9 and 4-10.
//
//	go run ./cmd/chapter4
//	go run ./cmd/chapter4 -out figures -format svg
//
// The training itself is cmd/train. Exit code 2: a flag, a file or an engine is wrong.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"
	_ "github.com/stheno/stheno/backend/cuda"
	"github.com/stheno/stheno/internal/command"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is main without the process.
func run(args []string, stdout, stderr io.Writer) int {
	err := chapter(args, stdout, stderr)
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	default:
		command.Tell(stderr, "chapter4", err)
		return 2
	}
}

// options are the flags, checked.
type options struct{ backend, out, format string }

func parse(args []string, stderr io.Writer) (o options, err error) {
	fs := flag.NewFlagSet("chapter4", flag.ContinueOnError)
	fs.StringVar(&o.backend, "backend", "go", "engine: go, blas (OpenBLAS) or cuda")
	fs.StringVar(&o.out, "out", "", "folder for the pictures fig4-9 and fig4-10")
	fs.StringVar(&o.format, "format", "png", "of the pictures: png or svg")
	if err := command.Parse(fs, args, stderr); err != nil {
		return o, err
	}
	if o.format != "png" && o.format != "svg" {
		return o, fmt.Errorf("-format %q is unknown: choose png or svg", o.format)
	}
	return o, nil
}

func chapter(args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	engine, err := backend.Open(o.backend)
	if err != nil {
		return fmt.Errorf("-backend %s: %w", o.backend, err)
	}
	defer engine.Close()
	if o.out != "" { // before anything is printed
		if err := command.MakeFolder("out", o.out); err != nil {
			return err
		}
	}
	for _, section := range []func(io.Writer, backend.Engine) error{gradients, descents, simpleNet, shapes} {
		if err := section(stdout, engine); err != nil {
			return err
		}
	}
	if o.out == "" {
		return nil
	}
	return draw(stdout, o.out, o.format)
}
