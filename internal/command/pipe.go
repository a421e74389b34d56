//go:build !js

package command

import (
	"os/signal"
	"syscall"
)

// ignorePipe makes writing to a closed pipe an error and no signal.
func ignorePipe() { signal.Ignore(syscall.SIGPIPE) }
