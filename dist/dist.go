// Package dist is processes that compute together: which of them this one is, and what they do as one. A Group is one of them; package
// dist/mpi joins those that an MPI launcher has started, and Alone is a process by itself. Nothing here knows what is computed.
package dist

import (
	"fmt"
	"runtime"
	"time"
)

// Group is a process's view of the processes that compute together. All of them make the same calls in the same order, and start the
// same sums in the same order; exchanges they make in the same order and may start in any. It is not safe for use from several goroutines
// at once, except for Abort and Lost.
type Group interface {
	// Rank is this process's number, from 0 to Size() - 1.
	Rank() int
	Size() int
	// Machine is this process's number among those of its machine, and how many they are.
	Machine() (rank, size int)
	// String says what connects them, such as "Open MPI 4.1.4".
	String() string
	// Sum makes an operation that adds x up over the processes, element by element, in place: []float32 or []float64, of the same length in
	// all. The order of the additions is the connection's choice, and can differ with the number of processes: see NewTree.
	Sum(x any) (Operation, error)
	// Exchange makes an operation that sends one slice to another process and receives one from it, each []float32 or []float64. The other
	// process exchanges with this one at the same time, with the lengths turned round.
	Exchange(peer int, send, receive any) (Operation, error)
	// Broadcast gives x of one process to all: the same length everywhere.
	Broadcast(x []byte, from int) error
	// BroadcastHere is Broadcast among the processes of this machine; from is a number of Machine.
	BroadcastHere(x []byte, from int) error
	// Barrier returns when all processes have called it.
	Barrier() error
	// Lost names processes of this machine that have ended without Close.
	Lost() []int
	// Abort ends all processes of the group, also this one, with an exit code. It may be called at any time.
	Abort(code int)
	// Close leaves the group, when all processes do.
	Close() error
}

// Watcher is a Group that is told at once when a process ends.
type Watcher interface {
	// Watch has f called, by a goroutine of its own, when a process of this machine has ended without Close: with its number, and what has
	// ended it, such as "signal 9, killed"; "" where it has ended itself.
	Watch(f func(rank int, how string))
}

// Operation is something that processes do together, as often as it is started. What it works on must be left alone from Start until it
// is done.
type Operation interface {
	// Start begins, and does not wait.
	Start() error
	// Done carries the operation on, without waiting, and tells whether it has ended. Once it has, it says so until the next Start.
	Done() (bool, error)
}

// LostError is what is waited for in vain.
type LostError struct{ Ranks []int }

func (e *LostError) Error() string {
	if len(e.Ranks) == 1 {
		return fmt.Sprintf("process %d is gone: it was killed, or its machine failed", e.Ranks[0])
	}
	return fmt.Sprintf("processes %v are gone: they were killed, or their machines failed", e.Ranks)
}

// Do starts an operation and waits for it.
func Do(op Operation) error {
	if err := op.Start(); err != nil {
		return err
	}
	return Wait(op)
}

// sleeper is an Operation that can sleep until another process does something for it.
type sleeper interface {
	// sleep comes back soon in any case. crowded reports whether that is better than asking: there are more processes than cores.
	sleep()
	crowded() bool
}

// How Wait waits: it asks again at once so many times, which bridges what two cores are apart in equal work; then it lets others run
// between, for there may be more processes than cores; then it sleeps.
const (
	brief   = 50 // where others need the core
	eager   = 2000
	patient = 4000
	nap     = 50 * time.Microsecond
)

// Wait carries operations on until all are done.
func Wait(ops ...Operation) error {
	for _, op := range ops {
		sleeps, able := op.(sleeper)
		crowded := able && sleeps.crowded()
		for tries := 0; ; tries++ {
			done, err := op.Done()
			if err != nil {
				return err
			}
			if done {
				break
			}
			switch {
			case crowded && tries >= brief || able && tries >= patient:
				sleeps.sleep()
			case tries < eager:
			case tries < patient:
				runtime.Gosched()
				yield()
			default:
				time.Sleep(nap)
			}
		}
	}
	return nil
}
