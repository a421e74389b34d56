// Package peak measures the most floating-point work that the processor's cores can do: independent chains of fused
// multiply-adds in registers, and nothing else. Every share of a peak in the benchmarks is a share of this.
package peak

import (
	"errors"
	"runtime"
	"sync"
	"time"
)

// kernel runs 12 independent chains of turns fused multiply-adds each.
type kernel struct {
	name  string
	lanes int // of one instruction
	run   func(turns int)
}

const chains = 12

// ErrUnknown says that there is no measurement for this processor.
var ErrUnknown = errors.New("no FMA loop for " + runtime.GOARCH + " without vector FMA: the peak is unknown")

// Loop is a fraction of a millisecond's work for the calling thread, and its floating-point operations. bits is 32 or 64.
func Loop(bits int) (run func(), flops float64, err error) {
	k, ok := widest(bits)
	if !ok {
		return nil, 0, ErrUnknown
	}
	const turns = 100_000
	return func() { k.run(turns) }, float64(2 * chains * k.lanes * turns), nil
}

// Measure gives GFLOP/s of n threads at once, and the instructions it was measured with. bits is 32 or 64, the width of
// a float.
func Measure(n, bits int) (gflops float64, instructions string, err error) {
	k, ok := widest(bits)
	if !ok {
		return 0, "", ErrUnknown
	}
	const turns, runs = 2_000_000, 30 // about a tenth of a second: the machine may be shared, the best run counts
	k.run(turns)                      // the clock rate rises
	work := float64(2*chains*k.lanes*turns) * float64(n)
	for range runs {
		var ready, done sync.WaitGroup
		start := make(chan struct{})
		for range n {
			ready.Add(1)
			done.Go(func() {
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
				ready.Done()
				<-start
				k.run(turns)
			})
		}
		ready.Wait()
		began := time.Now()
		close(start)
		done.Wait()
		gflops = max(gflops, work/time.Since(began).Seconds()/1e9)
	}
	return gflops, k.name, nil
}
