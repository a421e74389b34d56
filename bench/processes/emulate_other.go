//go:build !linux

package main

import (
	"context"
	"fmt"
	"io"
	"time"
)

func emulate(_ context.Context, out io.Writer, _ []*profile, _ time.Duration) error {
	fmt.Fprintf(out, "Left out: the emulated link, which needs root on Linux and network namespaces\n\n")
	return nil
}
