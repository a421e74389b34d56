// Package chapter is what the commands of the book's chapters share: flags, an engine, pictures, a network that is trained or loaded.
package chapter

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/checkpoint"
	"github.com/stheno/stheno/internal/command"
)

// Chapter is a command at work. What it prints goes to the writer.
type Chapter struct {
	io.Writer
	Engine      backend.Engine
	Out, Format string // folder and format of the pictures; without a folder there are none
}

// Run reads the flags -backend, -out, -format and those that more adds, makes the folder, and works. It returns the exit code: 2 where a
// flag, a file or an engine is wrong, which one line says.
func Run(name string, args []string, stdout, stderr io.Writer, more func(*flag.FlagSet), work func(*Chapter) error) int {
	err := run(name, args, stdout, stderr, more, work)
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return 0
	}
	fmt.Fprintf(stderr, "%s: %v\n", name, err)
	return 2
}

func run(name string, args []string, stdout, stderr io.Writer, more func(*flag.FlagSet), work func(*Chapter) error) error {
	c := &Chapter{Writer: stdout}
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	engine := fs.String("backend", "go", "engine: go, blas (OpenBLAS) or cuda")
	fs.StringVar(&c.Out, "out", "", "folder for the pictures")
	fs.StringVar(&c.Format, "format", "png", "of the pictures: png or svg")
	if more != nil {
		more(fs)
	}
	if err := command.Parse(fs, args, stderr); err != nil {
		return err
	}
	if c.Format != "png" && c.Format != "svg" {
		return fmt.Errorf("-format %q is unknown: choose png or svg", c.Format)
	}
	var err error
	if c.Engine, err = backend.Open(*engine); err != nil {
		return fmt.Errorf("-backend %s: %w", *engine, err)
	}
	defer c.Engine.Close()
	if c.Out != "" { // before anything is printed
		if err := command.MakeFolder("out", c.Out); err != nil {
			return err
		}
	}
	return work(c)
}

// Draw writes a picture to the folder, and says so.
func (c *Chapter) Draw(name string, draw func(w io.Writer, format string) error) error {
	if c.Out == "" {
		return nil
	}
	var content bytes.Buffer
	if err := draw(&content, c.Format); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	file := filepath.Join(c.Out, name+"."+c.Format)
	if err := checkpoint.WriteFile(file, content.Bytes()); err != nil {
		return fmt.Errorf("-out: %w", err)
	}
	fmt.Fprintf(c, "wrote %s\n", file)
	return nil
}
