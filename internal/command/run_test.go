package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
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

// asCommand is set for a process of this test that is a command, which prints much.
const asCommand = "STHENO_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) == "" {
		os.Exit(m.Run())
	}
	os.Exit(Run("job", os.Stdout, os.Stderr, func(out io.Writer) error {
		for range 100_000 {
			fmt.Fprintln(out, "a line")
		}
		return errors.New("to the end")
	}))
}

// TestClosedPipe: a reader that goes does not end the command.
func TestClosedPipe(t *testing.T) {
	var stderr strings.Builder
	c := exec.Command(os.Args[0])
	c.Env, c.Stderr = append(os.Environ(), asCommand+"=1"), &stderr
	pipe, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := pipe.Read(make([]byte, 1)); err != nil {
		t.Error(err)
	}
	pipe.Close()
	if _ = c.Wait(); c.ProcessState.ExitCode() != ExitUsage || stderr.String() != "job: to the end\n" {
		t.Errorf("%v, %q", c.ProcessState, stderr.String())
	}
}
