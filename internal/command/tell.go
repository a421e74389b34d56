package command

import (
	"fmt"
	"io"
	"strings"
)

// Tell writes an error of a command: one line, or one for each of several that were joined, after the command's name. What a terminal
// would obey, such as a carriage return in the name of a file, is written as Go writes it: \r.
func Tell(w io.Writer, name string, err error) {
	if list, ok := joined(err); ok {
		for _, e := range list {
			Tell(w, name, e)
		}
		return
	}
	fmt.Fprintf(w, "%s: %s\n", name, Printable(err.Error()))
}

// joined are the errors that errors.Join has put together. An error that wraps several in a text of its own is one error.
func joined(err error) ([]error, bool) {
	several, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil, false
	}
	var lines []string
	for _, e := range several.Unwrap() {
		lines = append(lines, e.Error())
	}
	return several.Unwrap(), strings.Join(lines, "\n") == err.Error()
}
