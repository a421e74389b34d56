//go:build !static && (darwin || (linux && (cgo || 386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64)))

package mpi

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// group is dist.Group on MPI.
type group struct {
	lib           *library
	thread        chan func()
	mu            sync.Mutex // around the library's functions
	comm          uintptr    // a communicator of our own: other users of MPI in this process don't disturb
	name          string
	rank, size    int
	here, machine int
	local         uintptr // the communicator of this machine's processes
	neighbours    []process
	windows       []*window    // of this machine's memory
	apart         bool         // the processes cannot share memory
	cuda          bool         // all libraries work on the memory of GPUs
	most          int          // elements of one message
	made          int          // exchanges
	underWay      []*operation // their memory is the library's
	leaving       atomic.Bool  // the others may end
	closed        atomic.Bool
}

// process is another one of this machine.
type process struct{ rank, pid int }

func (g *group) Rank() int                 { return g.rank }
func (g *group) Size() int                 { return g.size }
func (g *group) Machine() (rank, size int) { return g.here, g.machine }
func (g *group) String() string            { return g.name }

func (g *group) Lost() (ranks []int) {
	if g.closed.Load() {
		return nil
	}
	for _, p := range g.neighbours {
		if gone(p.pid) {
			ranks = append(ranks, p.rank)
		}
	}
	return ranks
}

// Watch looks at the processes of this machine.
func (g *group) Watch(f func(rank int, how string)) {
	for _, p := range g.neighbours {
		watch(p.pid, func(how string) {
			if !g.leaving.Load() {
				f(p.rank, how)
			}
		})
	}
}

// Abort waits for what is being called, but not for long: that may wait for a process that is gone.
func (g *group) Abort(code int) {
	for until := time.Now().Add(time.Second); !g.mu.TryLock(); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			os.Exit(code)
		}
	}
	if !g.closed.Load() {
		_ = g.lib.call("MPI_Abort", g.lib.value[g.lib.world], uintptr(code)) // it does not return
	}
	os.Exit(code)
}

// Close ends MPI in this process.
func (g *group) Close() error {
	if g.closed.Load() {
		return nil
	}
	g.leaving.Store(true)
	if err := g.Barrier(); err != nil {
		return err
	}
	if len(g.underWay) > 0 {
		return errors.New("mpi: Close while operations are under way: wait for them before")
	}
	for len(g.windows) > 0 {
		if err := g.free(g.windows[0]); err != nil {
			return err
		}
	}
	g.closed.Store(true)
	var err error
	g.onThread(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		err = g.lib.call("MPI_Finalize")
	})
	close(g.thread)
	return err
}
