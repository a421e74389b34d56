package main

import (
	"io"
	"testing"

	"github.com/stheno/stheno/internal/command/commandtest"
)

func FuzzFlags(f *testing.F) {
	commandtest.Fuzz(f, "gpu", func(t *testing.T, args []string, w io.Writer) error {
		o, err := parse(args, w)
		if err == nil && (o.part.run == nil || o.iters < 0) {
			t.Errorf("%+v is taken", o)
		}
		return err
	}, "-backend\x00go\x00-tf32", "-what\x00steps\x00-iters\x0010", "-iters=-1")
}
