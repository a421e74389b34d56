//go:build !wasm

package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// together is how long signals count as one: timeout(1) sends its signal to the command and then to the command's group.
const together = 100 * time.Millisecond

// onSignals returns a context that ends with the first signal to stop; a later one calls leave. A signal that was ignored when the
// process started, as by nohup, stays so. A closed pipe is no signal but an error of Write.
func onSignals(leave func()) context.Context {
	signal.Ignore(syscall.SIGPIPE)
	c := make(chan os.Signal, 2)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(c, s)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-c
		cancel()
		first := time.Now()
		for s := range c {
			if s != syscall.SIGHUP && time.Since(first) > together { // a terminal that closes may hang up twice
				leave()
			}
		}
	}()
	return ctx
}
