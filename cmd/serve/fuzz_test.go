package main

import (
	"io"
	"testing"

	"github.com/stheno/stheno/internal/command/commandtest"
)

func FuzzFlags(f *testing.F) {
	commandtest.Fuzz(f, "serve", func(t *testing.T, args []string, w io.Writer) error {
		o, err := parse(args, w)
		if err == nil && (len(o.files) == 0 || o.batching.Most < 1 || o.limits.Time <= 0 || o.batching.Wait >= o.limits.Time || o.stop <= 0) {
			t.Errorf("%+v are taken", o)
		}
		return err
	}, "-model\x00a=b\x00-model\x00c", "-model=x\x00-wait\x001ms\x00-time=2ms", "-model=\x1b", "-model\x00x\x00-cert\x00a\x00-key\x00b\x00-reload", "-batch=-1")
}
