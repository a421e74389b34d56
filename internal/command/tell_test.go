package command

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestTell: an error is a line, joined ones are one each, and nothing in it moves the cursor.
func TestTell(t *testing.T) {
	one, two := errors.New("one"), errors.New("two\r\x1b[2Jof\nlines\xff")
	for _, c := range []struct {
		err  error
		want string
	}{
		{one, "job: one\n"},
		{errors.Join(one, nil, errors.Join(two)), "job: one\njob: two\\r\\x1b[2Jof\\nlines\\xff\n"},
		{fmt.Errorf("%w, and %w", one, one), "job: one, and one\n"},
	} {
		var out strings.Builder
		if Tell(&out, "job", c.err); out.String() != c.want {
			t.Errorf("%q, want %q", out.String(), c.want)
		}
	}
}
