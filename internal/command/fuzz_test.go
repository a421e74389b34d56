package command_test

import (
	"flag"
	"io"
	"testing"

	"github.com/stheno/stheno/internal/command"
	"github.com/stheno/stheno/internal/command/commandtest"
)

func FuzzParse(f *testing.F) {
	commandtest.Fuzz(f, "job", func(t *testing.T, args []string, w io.Writer) error {
		fs := flag.NewFlagSet("job", flag.ContinueOnError)
		n, s := fs.Int("n", 1, "a number"), fs.String("s", "x", "a text")
		err := command.Parse(fs, args, w)
		if given := command.Given(fs); err == nil && (*n != 1 && !given["n"] || *s == "" || *s != "x" && !given["s"]) {
			t.Errorf("-n %d, -s %q, given %v", *n, *s, given)
		}
		return err
	}, "-n\x003\x00-s\x00x", "-n\x00many", "-m", "-s=", "-n=\r\n")
}
