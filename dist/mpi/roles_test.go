//go:build !static && (darwin || (linux && (cgo || 386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64)))

package mpi

import (
	"bytes"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stheno/stheno/dist"
	"github.com/stheno/stheno/dist/disttest"
)

// roles are the parts of processes that have joined.
var roles = map[string]func(g *group) error{
	"suite":          suite,
	"in pieces":      inPieces,
	"allocations":    allocations,
	"errors":         mpiErrors,
	"signals":        signals,
	"again":          again,
	"many exchanges": manyExchanges,
	"sharing":        sharing,
	"cramped":        cramped,
	"device":         onDevice,
	"no device":      noDevice,
	"a kill":         aKill,
	"an abort":       anAbort,
	"a leaver":       aLeaver,
}

// suite is what every group must pass, and what is known of one on this machine.
func suite(g *group) error {
	if here, of := g.Machine(); here != g.Rank() || of != g.Size() || len(g.neighbours) != g.Size()-1 {
		return fmt.Errorf("process %d of %d of this machine, with %d others", here, of, len(g.neighbours))
	}
	if !strings.HasPrefix(g.String(), string(g.lib.kind)+" ") {
		return fmt.Errorf("it is called %s", g)
	}
	return disttest.Check(g)
}

// inPieces cuts what the suite sends into messages of 1000 elements.
func inPieces(g *group) error {
	g.most = 1000
	return disttest.Check(g)
}

// allocations: what is made once costs no memory when it runs.
func allocations(g *group) error {
	x, y := make([]float32, 5000), make([]float64, 300)
	sum, err := g.Sum(x)
	if err != nil {
		return err
	}
	exchange, err := g.Exchange(1-g.rank, x[:2500], x[2500:])
	if err != nil {
		return err
	}
	tree, err := dist.NewTree(g, y)
	if err != nil {
		return err
	}
	for _, op := range []dist.Operation{sum, exchange, tree} {
		if n := testing.AllocsPerRun(200, func() {
			if e := dist.Do(op); e != nil {
				err = e
			}
		}); n > 0 && !raceDetector {
			return fmt.Errorf("%T: %v allocations a run", op, n)
		}
	}
	return err
}

// mpiErrors: what the library refuses is an error in its words, and the process goes on.
func mpiErrors(g *group) error {
	o := &operation{g: g}
	o.add("MPI_Ibcast", 0, 0, g.lib.value[g.lib.byte], uintptr(g.size), g.comm)
	err := dist.Do(o.ready())
	if err == nil || !strings.HasPrefix(err.Error(), "MPI_Ibcast: ") || !strings.Contains(strings.ToLower(err.Error()), "invalid root") {
		return fmt.Errorf("a broadcast from a process that is not there: error %v", err)
	}
	if len(g.underWay) > 0 {
		return fmt.Errorf("what has not started is under way")
	}
	sum, err := g.Sum([]float64{1})
	if err != nil {
		return err
	}
	if err := sum.Start(); err != nil {
		return err
	}
	if err := sum.Start(); err == nil {
		return fmt.Errorf("an operation starts while it is under way")
	}
	if err := g.Close(); err == nil {
		return fmt.Errorf("the group closes while an operation is under way")
	}
	return dist.Wait(sum)
}

// signals are Go's, also with the library in the process.
func signals(*group) error {
	terminate := make(chan os.Signal, 1)
	signal.Notify(terminate, syscall.SIGTERM)
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-terminate:
	case <-time.After(5 * time.Second):
		return fmt.Errorf("SIGTERM did not come")
	}
	if err := nilPointer(); err == nil {
		return fmt.Errorf("a nil pointer is no panic")
	}
	go func() {
		for n := 0; ; n++ { // only a signal stops it
		}
	}()
	time.Sleep(time.Millisecond)
	collected := make(chan struct{})
	go func() {
		runtime.GC()
		close(collected)
	}()
	select {
	case <-collected:
	case <-time.After(5 * time.Second):
		return fmt.Errorf("a loop is not interrupted for the collector")
	}
	return nil
}

func nilPointer() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = r.(error)
		}
	}()
	var g *group
	return fmt.Errorf("size %d", g.size)
}

// again: MPI starts once.
func again(*group) error {
	if _, err := Join(""); err == nil || !strings.Contains(err.Error(), "joined before") {
		return fmt.Errorf("a second Join: %v", err)
	}
	return nil
}

// manyExchanges: the mark of the messages stays below what every library has.
func manyExchanges(g *group) error {
	g.made = 3*tags - 1
	for _, want := range []uintptr{tags - 1, 0} {
		x, y := []float32{float32(g.rank)}, []float32{-1}
		op, err := g.Exchange(1-g.rank, x, y)
		if err != nil {
			return err
		}
		for _, m := range op.(*operation).messages {
			if got := m.args[4]; got != want {
				return fmt.Errorf("%s: tag %d, want %d", m.name, got, want)
			}
		}
		if err := dist.Do(op); err != nil || y[0] != float32(1-g.rank) {
			return fmt.Errorf("received %v, error %v", y, err)
		}
	}
	return nil
}

// say prints a line in one piece, with the process's number.
func say(g *group, format string, args ...any) {
	var line bytes.Buffer
	fmt.Fprintf(&line, "process %d: ", g.rank)
	fmt.Fprintf(&line, format+"\n", args...)
	os.Stderr.Write(line.Bytes())
}

// wait has the last process not come to what the others wait for: a sum, one through memory, or the end.
func wait(g *group, last func()) error {
	say(g, "pid %d", os.Getpid())
	inMemory, err := dist.NewSums(g, false, nil, make([]float32, 5000))
	if err != nil {
		return err
	}
	if err := g.Barrier(); err != nil {
		return err
	}
	if g.rank == g.size-1 {
		time.Sleep(250 * time.Millisecond)
		last()
	}
	sum, err := g.Sum(make([]float32, 1000))
	if err != nil {
		return err
	}
	switch g.rank {
	case 0:
		err = g.Close()
	case 1:
		err = dist.Do(inMemory.Ops[0])
	default:
		err = dist.Do(sum)
	}
	say(g, "%v", err)
	return err
}

// aKill: the last process is killed while the others wait for it.
func aKill(g *group) error {
	return wait(g, func() {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	})
}

// anAbort: the last process ends all.
func anAbort(g *group) error { return wait(g, func() { g.Abort(7) }) }

// aLeaver: the last process ends well, but without Close.
func aLeaver(g *group) error { return wait(g, func() { os.Exit(0) }) }
