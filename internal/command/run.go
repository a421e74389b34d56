package command

import (
	"context"
	"errors"
	"flag"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ExitUsage is the exit code of a command of which a flag, a file or an engine was wrong.
const ExitUsage = 2

// Run does the work of a command, which prints to out, and returns its exit code: 0, or ExitUsage with the errors told on stderr.
func Run(name string, stdout, stderr io.Writer, work func(out io.Writer) error) int {
	out := NewPrinter(context.Background(), stdout)
	if err := out.Failed(work(out)); err != nil && !errors.Is(err, flag.ErrHelp) {
		Tell(stderr, name, err)
		return ExitUsage
	}
	return 0
}

// Printable is a text for one line of a terminal: what is no letter, mark, digit or sign, such as a carriage return in the name of
// a file, is written as in Go.
func Printable(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		r, n := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && n == 1 || !unicode.IsPrint(r) {
			quoted := strconv.Quote(text[:n])
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteString(text[:n])
		}
		text = text[n:]
	}
	return b.String()
}
