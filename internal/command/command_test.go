package command

import (
	"errors"
	"flag"
	"strings"
	"testing"
)

// TestParse: what is wrong is one line that names the command and the flag.
func TestParse(t *testing.T) {
	for _, c := range []struct {
		args, want string
	}{
		{"-n 3 -s x", ""},
		{"", ""},
		{"-n many", `invalid value "many" for flag -n: parse error (job -h lists the flags)`},
		{"-m", "flag provided but not defined: -m (job -h lists the flags)"},
		{"-n 3 x", `"x" is not a flag (job -h lists them)`},
		{"-e=", ""},
		{"-e= -s=", "-s is empty: give it a value, or leave it out"},
		{"-s=", "-s is empty: give it a value, or leave it out"},
		{"-h", flag.ErrHelp.Error()},
	} {
		fs := flag.NewFlagSet("job", flag.ContinueOnError)
		n := fs.Int("n", 1, "a number")
		fs.String("s", "", "a text")
		fs.String("e", "full", "a text that may be empty")
		var out strings.Builder
		err := Parse(fs, strings.Fields(c.args), &out, "e")
		if got := ""; err != nil {
			if got = err.Error(); got != c.want {
				t.Errorf("%s: error %q, want %q", c.args, got, c.want)
			}
		} else if c.want != "" {
			t.Errorf("%s: no error, want %q", c.args, c.want)
		}
		if help := errors.Is(err, flag.ErrHelp); help != (out.Len() > 0) || help && !strings.Contains(out.String(), "-n int") {
			t.Errorf("%s: it prints %q", c.args, out.String())
		}
		if given := Given(fs)["n"]; err == nil && given != (*n == 3) {
			t.Errorf("%s: -n given: %v", c.args, given)
		}
	}
}
