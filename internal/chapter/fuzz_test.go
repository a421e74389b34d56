package chapter

import (
	"io"
	"testing"

	"github.com/stheno/stheno/internal/command/commandtest"
)

func FuzzFlags(f *testing.F) {
	commandtest.Fuzz(f, "chapter", func(t *testing.T, args []string, w io.Writer) error {
		var training Training
		c, _, err := parse("chapter", args, w, training.Flags)
		if err == nil && c.Format != "png" && c.Format != "svg" {
			t.Errorf("-format %q is taken", c.Format)
		}
		return err
	}, "-backend\x00blas", "-out\x00x\x00-format\x00svg", "-format=gif", "-images\x0099")
}
