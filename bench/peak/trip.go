package peak

import (
	"runtime"
	"sync/atomic"
	"time"
)

// RoundTrip is how long a number takes from one core to another and back through their caches, the best of some attempts.
// Cores that share a cache need about a hundred nanoseconds, cores that do not several hundreds; on a virtual machine the host
// may move from the one to the other at any time. It is 0 where Go has one core only, or where the system gave both threads
// the same one.
func RoundTrip() time.Duration {
	if runtime.GOMAXPROCS(0) < 2 {
		return 0
	}
	const attempts, trips = 20, 200
	var ball struct {
		_  [128]byte // alone in its cache lines
		at atomic.Int64
		_  [128]byte
	}
	end := make(chan struct{})
	go func() {
		defer close(end)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for n := ball.at.Load(); n >= 0; n = ball.at.Load() {
			if n%2 == 1 {
				ball.at.CompareAndSwap(n, n+1)
			}
		}
	}()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	best := time.Duration(0)
	for range attempts {
		if t := rally(&ball.at, trips); t > 0 && (best == 0 || t < best) {
			best = t
		}
	}
	ball.at.Store(-1)
	<-end
	return best
}

// rally is the time of one of n round trips; 0 if the other side does not answer.
func rally(ball *atomic.Int64, n int) time.Duration {
	const patience = 2 * time.Millisecond
	began := time.Now()
	for range n {
		mine := ball.Load() + 1
		ball.Store(mine)
		for spins := 1; ball.Load() == mine; spins++ {
			if spins%1000 == 0 && time.Since(began) > patience {
				ball.CompareAndSwap(mine, mine+1) // the next attempt begins anew
				return 0
			}
		}
	}
	return time.Since(began) / time.Duration(n)
}
