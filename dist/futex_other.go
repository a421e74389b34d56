//go:build !linux

package dist

import (
	"sync/atomic"
	"time"
)

// waitWhile sleeps for a moment.
func waitWhile(_ *atomic.Uint32, _ uint32, _ time.Duration) { time.Sleep(nap) }

// wake has nobody to wake.
func wake(*atomic.Uint32) {}
