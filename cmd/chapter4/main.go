// Command chapter4 prints the results of chapter 4 of "Deep Learning from Scratch" that come before the training, in the
// chapter's order, and draws its figures 4-9 and 4-10.
//
//	go run ./cmd/chapter4
//	go run ./cmd/chapter4 -out figures -format svg
//
// The training itself is cmd/train. Exit code 2: a flag, a file or an engine is wrong.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"
	_ "github.com/stheno/stheno/backend/cuda"
	"github.com/stheno/stheno/internal/command"
	"github.com/stheno/stheno/internal/output"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is main without the process.
func run(args []string, stdout, stderr io.Writer) int {
	return command.Run("chapter4", stdout, stderr, func(out io.Writer) error { return chapter(args, out, stderr) })
}

func chapter(args []string, stdout, stderr io.Writer) error {
	fs := flag.NewFlagSet("chapter4", flag.ContinueOnError)
	name := fs.String("backend", "go", "engine: go, blas (OpenBLAS) or cuda")
	out := fs.String("out", "", "folder for the pictures fig4-9 and fig4-10")
	format := fs.String("format", "png", "of the pictures: png or svg")
	if err := command.Parse(fs, args, stderr); err != nil {
		return err
	}
	if *format != "png" && *format != "svg" {
		return fmt.Errorf("-format %q is unknown: choose png or svg", *format)
	}
	engine, err := backend.Open(*name)
	if err != nil {
		return fmt.Errorf("-backend %s: %w", *name, err)
	}
	defer engine.Close()
	var folder *output.Folder
	if *out != "" { // before anything is printed
		if folder, err = output.OpenFolder(fs.Name(), "out", *out); err != nil {
			return err
		}
		defer folder.Close()
	}
	for _, section := range []func(io.Writer, backend.Engine) error{gradients, descents, simpleNet, shapes} {
		if err := section(stdout, engine); err != nil {
			return err
		}
	}
	if folder == nil {
		return nil
	}
	return draw(stdout, folder, *format)
}
