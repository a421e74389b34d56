// Package command reads the flags of our commands, and prints for them.
package command

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Parse reads a command's flags; the set has the command's name. What is wrong with them, or a word that is no flag, is an
// error of one line, and so is a flag with an empty value, but for those that may have one. For -h it lists the flags on w and returns
// flag.ErrHelp.
func Parse(fs *flag.FlagSet, args []string, w io.Writer, mayBeEmpty ...string) error {
	words, err := ParseFiles(fs, args, w, mayBeEmpty...)
	if err == nil && len(words) > 0 {
		return fmt.Errorf("%q is not a flag (%s -h lists them)", words[0], fs.Name())
	}
	return err
}

// ParseFiles is Parse for a command that takes names of files behind its flags.
func ParseFiles(fs *flag.FlagSet, args []string, w io.Writer, mayBeEmpty ...string) (files []string, err error) {
	fs.SetOutput(io.Discard) // else flag prints the error, and then all flags
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fs.SetOutput(w)
			fs.PrintDefaults()
			return nil, err
		}
		return nil, fmt.Errorf("%s (%s -h lists the flags)", strings.ReplaceAll(err.Error(), "\n", " "), fs.Name())
	}
	fs.Visit(func(f *flag.Flag) {
		if f.Value.String() == "" && !slices.Contains(mayBeEmpty, f.Name) { // such as that of a variable of the shell that is not set
			err = fmt.Errorf("-%s is empty: give it a value, or leave it out", f.Name)
		}
	})
	return fs.Args(), err
}

// Given are the names of the flags that were set.
func Given(fs *flag.FlagSet) map[string]bool {
	given := map[string]bool{}
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
	return given
}
