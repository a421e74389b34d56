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

// Reading is a measured peak.
type Reading struct {
	GFLOPS float64
	With   string // the instructions
	// Share is how much of the best run's time its threads had a core. Where others had it the peak is too low. It is 0
	// where the system does not tell.
	Share float64
}

// enough is the least share of an undisturbed reading: that threads start and end costs a few percent.
const enough = 0.9

// Disturbed says that others used the machine during the reading.
func (r Reading) Disturbed() bool { return r.Share > 0 && r.Share < enough }

// Measure reads the peak of n threads at once. bits is 32 or 64, the width of a float.
func Measure(n, bits int) (Reading, error) {
	k, ok := widest(bits)
	if !ok {
		return Reading{}, ErrUnknown
	}
	const turns, runs = 2_000_000, 30 // about a tenth of a second: the machine may be shared, the best run counts
	k.run(turns)                      // the clock rate rises
	work := float64(2*chains*k.lanes*turns) * float64(n)
	r := Reading{With: k.name}
	for range runs {
		cpu := CPUTime()
		took := together(n, func() { k.run(turns) })
		if rate := work / took.Seconds() / 1e9; rate > r.GFLOPS {
			r.GFLOPS, r.Share = rate, min((CPUTime()-cpu).Seconds()/(float64(n)*took.Seconds()), 1)
		}
	}
	return r, nil
}

// together is how long n threads take that do the same at once.
func together(n int, do func()) time.Duration {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for range n {
		ready.Add(1)
		done.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			ready.Done()
			<-start
			do()
		})
	}
	ready.Wait()
	began := time.Now()
	close(start)
	done.Wait()
	return time.Since(began)
}
