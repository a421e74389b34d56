package main

import (
	"os"
	"syscall"
)

const hangup = syscall.Signal(-1) // there is none

var stopSignals = []os.Signal{os.Interrupt, syscall.SIGTERM}
