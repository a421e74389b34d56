package main

import (
	"bytes"
	"fmt"
	"go/format"
	"os"
)

// goFile is a file of the package without assembly.
type goFile struct{ bytes.Buffer }

func newGoFile() *goFile {
	w := new(goFile)
	w.line(head() + "package native\n")
	return w
}

// line adds lines, which need not be formatted.
func (w *goFile) line(text string, args ...any) {
	if len(args) > 0 {
		text = fmt.Sprintf(text, args...)
	}
	fmt.Fprintln(w, text)
}

func (w *goFile) save(path string) error {
	text, err := format.Source(w.Bytes())
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}
