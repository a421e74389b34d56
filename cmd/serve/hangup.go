//go:build !js

package main

import (
	"os"
	"syscall"
)

// hangups ask for the files to be read again.
var hangups = []os.Signal{syscall.SIGHUP}
