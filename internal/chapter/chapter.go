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
	"github.com/stheno/stheno/internal/command"
	"github.com/stheno/stheno/internal/output"
)

// Chapter is a command at work. What it prints goes to the writer.
type Chapter struct {
	io.Writer
	Engine      backend.Engine
	Out, Format string // folder and format of the pictures; without a folder there are none
	folder      *output.Folder
	pictures    []output.File
}

// Run reads the flags -backend, -out, -format and those that more adds, takes the folder, works, and writes what was drawn as one set. It
// returns the exit code: 2 where a flag, a file or an engine is wrong, which one line says.
func Run(name string, args []string, stdout, stderr io.Writer, more func(*flag.FlagSet), work func(*Chapter) error) int {
	return command.Run(name, stdout, stderr, func(out io.Writer) error { return run(name, args, out, stderr, more, work) })
}

// parse reads the flags.
func parse(name string, args []string, stderr io.Writer, more func(*flag.FlagSet)) (c *Chapter, engine string, err error) {
	c = &Chapter{}
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.StringVar(&engine, "backend", "go", "engine: go, blas (OpenBLAS) or cuda")
	fs.StringVar(&c.Out, "out", "", "folder for the pictures")
	fs.StringVar(&c.Format, "format", "png", "of the pictures: png or svg")
	if more != nil {
		more(fs)
	}
	if err := command.Parse(fs, args, stderr); err != nil {
		return nil, "", err
	}
	if c.Format != "png" && c.Format != "svg" {
		return nil, "", fmt.Errorf("-format %q is unknown: choose png or svg", c.Format)
	}
	return c, engine, nil
}

func run(name string, args []string, stdout, stderr io.Writer, more func(*flag.FlagSet), work func(*Chapter) error) error {
	c, engine, err := parse(name, args, stderr, more)
	if err != nil {
		return err
	}
	c.Writer = stdout
	if c.Engine, err = backend.Open(engine); err != nil {
		return fmt.Errorf("-backend %s: %w", engine, err)
	}
	defer c.Engine.Close()
	if c.Out != "" { // before anything is printed
		if c.folder, err = output.OpenFolder(name, "out", c.Out); err != nil {
			return err
		}
		defer c.folder.Close()
	}
	err = work(c)
	return errors.Join(err, c.write())
}

// write writes what was drawn, also where the work then failed.
func (c *Chapter) write() error {
	if len(c.pictures) == 0 {
		return nil
	}
	if err := c.folder.Write(c.pictures...); err != nil {
		return err
	}
	for _, f := range c.pictures {
		fmt.Fprintf(c, "wrote %s\n", command.Printable(filepath.Join(c.Out, f.Name)))
	}
	return nil
}

// Draw draws a picture for the folder.
func (c *Chapter) Draw(name string, draw func(w io.Writer, format string) error) error {
	if c.Out == "" {
		return nil
	}
	var content bytes.Buffer
	if err := draw(&content, c.Format); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	c.pictures = append(c.pictures, output.File{Name: name + "." + c.Format, Fill: func(w io.Writer) error {
		_, err := w.Write(content.Bytes())
		return err
	}})
	return nil
}
