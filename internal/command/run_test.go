package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
)

// failing is a writer that takes some writes and then fails.
type failing struct {
	strings.Builder
	left int
	err  error
}

func (f *failing) Write(p []byte) (int, error) {
	if f.left--; f.left < 0 {
		return 0, f.err
	}
	return f.Builder.Write(p)
}

// TestRun: the exit code, and each error in its line, whatever is in the names that it has.
func TestRun(t *testing.T) {
	for _, c := range []struct {
		err   error // of the work
		print error // of the second line that is printed
		code  int
		want  string
	}{
		{nil, nil, 0, ""},
		{flag.ErrHelp, nil, 0, ""},
		{fmt.Errorf("-data %s: no such folder", "a\rb\x1b[2J\nc\xff\u202e"), nil, 2, `job: -data a\rb\x1b[2J\nc\xff\u202e: no such folder` + "\n"},
		{errors.Join(errors.New("one"), errors.Join(errors.New("zwei Äpfel"), errors.New("three"))), nil, 2, "job: one\njob: zwei Äpfel\njob: three\n"},
		{nil, syscall.EPIPE, 0, ""},
		{nil, syscall.ENOSPC, 2, "job: standard output: no space left on device: print to where there is room, or to /dev/null\n"},
		{errors.New("one"), syscall.ENOSPC, 2, "job: one\njob: standard output: no space left on device: print to where there is room, or to /dev/null\n"},
	} {
		stdout, stderr := &failing{left: 9}, &strings.Builder{}
		if c.print != nil {
			stdout.left, stdout.err = 1, c.print
		}
		worked := false
		code := Run("job", stdout, stderr, func(out io.Writer) error {
			for _, line := range []string{"first\n", "second\n", "third\n"} {
				if n, err := io.WriteString(out, line); n != len(line) || err != nil {
					t.Errorf("%d, %v: it ends the work", n, err)
				}
			}
			worked = true
			return c.err
		})
		want := "first\n"
		if c.print == nil {
			want = "first\nsecond\nthird\n"
		}
		if code != c.code || stderr.String() != c.want || stdout.String() != want || !worked {
			t.Errorf("%v, %v: exit %d, %q, %q; want %d, %q", c.err, c.print, code, stdout.String(), stderr.String(), c.code, c.want)
		}
	}
}

// TestUnread: a reader that does not read holds up the work only until it is interrupted.
func TestUnread(t *testing.T) {
	r, w := io.Pipe() // which nobody reads
	defer r.Close()
	ctx, cancel := context.WithCancel(t.Context())
	p := NewPrinter(ctx, w)
	cancel()
	for range 3 {
		fmt.Fprintln(p, "a line")
	}
	if err := p.Failed(nil); err != nil {
		t.Error(err)
	}
}
