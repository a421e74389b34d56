package main

import (
	"io"
	"testing"

	"github.com/stheno/stheno/internal/command/commandtest"
)

func FuzzFlags(f *testing.F) {
	commandtest.Fuzz(f, "chapter4", func(t *testing.T, args []string, w io.Writer) error {
		o, err := parse(args, w)
		if err == nil && o.format != "png" && o.format != "svg" {
			t.Errorf("-format %q is taken", o.format)
		}
		return err
	}, "-backend\x00blas", "-out\x00x\x00-format\x00svg", "-format=gif")
}
