//go:build !static && (darwin || (linux && (cgo || 386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64)))

package mpi

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"sync/atomic"
	"syscall"
	"unsafe"

	"github.com/stheno/stheno/dist"
)

// joined: MPI starts once in a process.
var joined atomic.Bool

func join(path string) (dist.Group, error) {
	if !joined.CompareAndSwap(false, true) {
		return nil, errors.New("mpi: this process has joined before, and MPI starts once: keep the group of the first Join")
	}
	by, _, launched, _ := started()
	list := []string{path}
	if path == "" {
		list = candidates(runtime.GOOS, by.kind)
	}
	defer quiet()()
	lib, err := load(list)
	if err == nil {
		err = checkStart(by, launched, lib)
	}
	if err != nil {
		joined.Store(false)
		return nil, err
	}
	g := &group{lib: lib, most: mostElements, thread: ownThread()}
	g.onThread(func() { err = g.start(by, launched) })
	if err != nil {
		close(g.thread)
		return nil, err
	}
	signal.Ignore(syscall.SIGABRT) // a library that gives up calls abort: the process ends by it, without the stacks of a fault of ours
	return g, nil
}

// checkStart finds, before MPI starts, that it would not: where srun says nothing of the others, Open MPI prints a page and ends the process.
// MPICH starts each alone, which checkSize finds.
func checkStart(l launcher, launched int, lib *library) error {
	if !l.apart || lib.kind != openMPI {
		return nil
	}
	return fmt.Errorf("%s has started %d processes, but gives %s nothing to find them by: %s", l.by, launched, lib, l.advice)
}

// ownThread is a thread that runs what it is sent: MPI ends on the thread that it has started on.
func ownThread() chan func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range work {
			f()
		}
		runtime.UnlockOSThread() // it may have data of the library's: let it live
	}()
	return work
}

func (g *group) onThread(f func()) {
	done := make(chan struct{})
	g.thread <- func() {
		defer close(done)
		f()
	}
	<-done
}

// quiet keeps UCX, which MPI libraries send with, from handling signals, which are Go's, and from printing stacks when a process that it
// reads from is gone: it sets UCX's variables that are not set, until what it returns is called. C's environment follows. Open MPI's own
// handlers give way to those that it finds.
func quiet() (restore func()) {
	var ours []string
	for variable, value := range map[string]string{"UCX_ERROR_SIGNALS": "", "UCX_HANDLE_ERRORS": "none"} {
		if _, set := os.LookupEnv(variable); !set {
			os.Setenv(variable, value)
			ours = append(ours, variable)
		}
	}
	return func() {
		for _, variable := range ours {
			os.Unsetenv(variable)
		}
	}
}

// start starts MPI and gets to know the others.
func (g *group) start(by launcher, launched int) error {
	l, level := g.lib, new(int32)
	if err := l.call("MPI_Init_thread", 0, 0, serialized, uintptr(unsafe.Pointer(level))); err != nil {
		return err
	}
	err := g.meet(int(*level), by, launched)
	if err == nil {
		err = g.agreeOnCUDA()
	}
	if err != nil {
		_ = l.call("MPI_Finalize") // the error that it comes from is told
	}
	return err
}

func (g *group) meet(level int, by launcher, launched int) (err error) {
	l := g.lib
	world := l.value[l.world]
	if g.name = l.version(); level < serialized {
		return fmt.Errorf("%s lets threads call it only up to %s: %s is needed, which is a matter of how it was built", l, levels[level], levels[serialized])
	}
	if err := l.call("MPI_Comm_set_errhandler", world, l.value[l.errorsReturn]); err != nil {
		return err
	}
	if g.size, err = l.number("MPI_Comm_size", world); err != nil {
		return err
	}
	if err := checkSize(by, launched, g.size, l.String()); err != nil {
		return err
	}
	if g.rank, err = l.number("MPI_Comm_rank", world); err != nil {
		return err
	}
	comm := new(uintptr)
	if err := l.call("MPI_Comm_dup", world, uintptr(unsafe.Pointer(comm))); err != nil {
		return err
	}
	g.comm = l.handleAt(comm)
	if err := l.call("MPI_Comm_split_type", world, l.shared, uintptr(g.rank), l.value[l.infoNull], uintptr(unsafe.Pointer(comm))); err != nil {
		return err
	}
	g.local = l.handleAt(comm)
	if g.here, err = l.number("MPI_Comm_rank", g.local); err != nil {
		return err
	}
	if g.machine, err = l.number("MPI_Comm_size", g.local); err != nil {
		return err
	}
	return g.introduce()
}

// introduce has the processes of a machine tell each other their numbers there.
func (g *group) introduce() error {
	pids, spaces := make([]float64, g.size), make([]float64, g.size)
	pids[g.rank], spaces[g.rank] = float64(os.Getpid()), float64(pidSpace())
	for _, x := range [][]float64{pids, spaces} {
		if err := dist.Do(g.sumOf(g.local, x)); err != nil {
			return err
		}
	}
	for rank, pid := range pids {
		if pid > 0 && rank != g.rank && spaces[rank] == spaces[g.rank] { // containers of a machine don't see each other
			g.neighbours = append(g.neighbours, process{rank, int(pid)})
		}
	}
	return nil
}
