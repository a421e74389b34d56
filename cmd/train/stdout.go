package main

import (
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/stheno/stheno/internal/command"
)

// printer is standard output. After a write that failed nothing more is printed, but the work goes on.
type printer struct {
	w   io.Writer
	err error // of that write
}

func (p *printer) Write(text []byte) (int, error) {
	if p.err == nil {
		_, p.err = p.w.Write(text)
	}
	return len(text), nil
}

// failed is err, and what went wrong with the printing. A reader that has gone, such as head, has had what it wanted.
func (p *printer) failed(err error) error {
	if p.err == nil || errors.Is(p.err, syscall.EPIPE) {
		return err
	}
	return errors.Join(err, fmt.Errorf("standard output: %w: print to where there is room, or to /dev/null", command.Cause(p.err)))
}
