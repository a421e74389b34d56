// Package commandtest is what the flags of every command must pass.
package commandtest

import (
	"errors"
	"flag"
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stheno/stheno/internal/command"
)

// Fuzz has a command read arguments at random: it takes them, or refuses them in one line after its name, in which there is nothing
// but what can be printed. parse touches no file; of options that it takes it says by t what is wrong with them. Arguments of the seeds
// are separated by zeros.
func Fuzz(f *testing.F, name string, parse func(t *testing.T, args []string, stderr io.Writer) error, seeds ...string) {
	f.Helper()
	for _, seed := range append(seeds, "", "-h", "-", "--", "-=", "word", "-\x1b[2J", "-h\rx") {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, args string) {
		err := parse(t, strings.Split(args, "\x00"), io.Discard)
		if err == nil || errors.Is(err, flag.ErrHelp) {
			return
		}
		var out strings.Builder
		command.Tell(&out, name, err)
		line, isLine := strings.CutSuffix(out.String(), "\n")
		if !isLine || !strings.HasPrefix(line, name+": ") || !utf8.ValidString(line) || strings.ContainsFunc(line, unicode.IsControl) {
			t.Errorf("it says %q", out.String())
		}
	})
}
