package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// TestBadInput: what is not there is one line that names the flag and the choices, exit code 2, before anything is measured.
func TestBadInput(t *testing.T) {
	for want, args := range map[string][]string{
		`-what "nothing" is unknown: choose one of device, losses, steps, loops, job`: {"-what", "nothing"},
		`-backend tpu: backend "tpu" is unknown: choose one of blas, cuda, go`:        {"-backend", "tpu"},
		"-iters -1: it cannot be negative":                                            {"-backend", "go", "-iters", "-1"},
		"-tf32: engine go has no TF32":                                                {"-backend", "go", "-tf32"},
		"-what loops: engine go repeats no program by itself":                         {"-backend", "go", "-what", "loops"},
		"-engine (gpu -h lists the flags)":                                            {"-engine", "go"},
		`"steps" is not a flag`:                                                       {"steps"},
	} {
		var stderr bytes.Buffer
		if code := run(args, io.Discard, &stderr); code != 2 || !strings.Contains(stderr.String(), want) || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%v: exit %d, %q; want exit 2 and one line with %q", args, code, stderr.String(), want)
		}
	}
}
