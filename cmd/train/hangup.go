//go:build !js

package main

import (
	"os"
	"syscall"
)

const hangup = syscall.SIGHUP

// stopSignals end a training.
var stopSignals = []os.Signal{os.Interrupt, syscall.SIGTERM, hangup}
