package main

import (
	"context"
	"os"
	"os/signal"
	"time"
)

// together is how long signals count as one: timeout(1) sends its signal to the command and then to the command's group.
const together = 100 * time.Millisecond

// signals are contexts that end with the first signal to stop, and with another one.
type signals struct{ first, again context.Context }

// onSignals waits for signals. One that was ignored when the process started, as by nohup, stays so.
func onSignals() signals {
	c := make(chan os.Signal, 2)
	for _, s := range stopSignals {
		if !signal.Ignored(s) {
			signal.Notify(c, s)
		}
	}
	first, stop := context.WithCancel(context.Background())
	again, leave := context.WithCancel(context.Background())
	go func() {
		<-c
		stop()
		at := time.Now()
		for s := range c {
			if s != hangup && time.Since(at) > together { // a terminal that closes may hang up twice
				leave()
			}
		}
	}()
	return signals{first, again}
}
