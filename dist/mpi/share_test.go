//go:build !static && (darwin || (linux && (cgo || 386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64)))

package mpi

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stheno/stheno/dist"
	"github.com/stheno/stheno/dist/disttest"
)

// sharing: memory is seen by all, is zeroed, and is used again by who comes after; sums go through it.
func sharing(g *group) error {
	const n = 100000
	for turn := range 3 {
		m, err := g.Share(n)
		if err != nil {
			return err
		}
		if m == nil {
			return fmt.Errorf("processes of one machine share no memory")
		}
		if i := slices.IndexFunc(m.Of[g.rank], func(b byte) bool { return b != 0 }); i >= 0 {
			return fmt.Errorf("turn %d: byte %d is not 0", turn, i)
		}
		for i := range m.Of[g.rank] {
			m.Of[g.rank][i] = byte(g.rank + 1)
		}
		if err := g.Barrier(); err != nil {
			return err
		}
		for rank, of := range m.Of {
			if i := slices.IndexFunc(of, func(b byte) bool { return b != byte(rank+1) }); i >= 0 || len(of) < n {
				return fmt.Errorf("turn %d: process %d sees %d at byte %d of %d of process %d", turn, g.rank, of[i], i, len(of), rank)
			}
		}
		m.Free()
	}
	if len(g.windows) != 1 {
		return fmt.Errorf("%d windows for what follows one another", len(g.windows))
	}
	for i := range 5 { // beside one another
		m, err := g.Share(1 + i*30000)
		if err != nil {
			return err
		}
		if m == nil {
			return fmt.Errorf("no window %d", i)
		}
		defer m.Free()
	}
	x := make([]float32, 5000)
	sums, err := dist.NewSums(g, true, nil, x)
	if err != nil {
		return err
	}
	defer sums.Close()
	if kind := fmt.Sprintf("%T", sums.Ops[0]); kind != "*dist.memorySum[float32]" {
		return fmt.Errorf("a sum in one machine is %s", kind)
	}
	if n := testing.AllocsPerRun(200, func() {
		if e := dist.Do(sums.Ops[0]); e != nil {
			err = e
		}
	}); n > 0 && !raceDetector {
		return fmt.Errorf("%v allocations a sum", n)
	}
	if err != nil {
		return err
	}
	if err := sums.Ops[0].Start(); err != nil {
		return err
	}
	if sums.Ops[0].Start() == nil {
		return fmt.Errorf("a sum starts while it is under way")
	}
	return dist.Wait(sums.Ops[0])
}

// tooMuch is more than the test's system sets aside for shared memory.
const tooMuch = 64 << 20

// cramped: where there is no room all processes are told so, and add up by messages.
func cramped(g *group) error {
	m, err := g.Share(tooMuch)
	if m != nil || err != nil {
		return fmt.Errorf("more memory than there is: %v, error %v", m != nil, err)
	}
	if len(g.windows) > 0 {
		return fmt.Errorf("the window is there still")
	}
	return disttest.Check(g)
}

// TestCramped: with less than is asked for, processes are told so, and go on.
func TestCramped(t *testing.T) {
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("not tested: little shared memory: it needs root on Linux")
	}
	mount := []string{"--mount", "sh", "-c", `mount -t tmpfs -o size=16m tmpfs /dev/shm && exec "$0" "$@"`}
	if out, err := exec.Command("unshare", append(mount, "true")...).CombinedOutput(); err != nil {
		t.Skipf("not tested: little shared memory: no mount of its own: %v: %s", err, out)
	}
	eachLauncher(t, func(t *testing.T, l disttest.Launcher) {
		c := command(t, l, 2, os.Args[0], "cramped")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		in := exec.CommandContext(ctx, "unshare", append(mount, c.Args...)...)
		in.Env = c.Env
		passes(t, in)
	})
}
