package cpu

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/backendtest"
)

// withWorkers is an engine of this package with a pool of that size. The machine may lack OpenBLAS.
func withWorkers(t *testing.T, name string, n int) *Engine {
	t.Helper()
	e, err := backend.Open(name)
	switch {
	case err != nil && name == "go":
		t.Fatal(err)
	case err != nil:
		t.Skipf("the engine %q is not tested: %v", name, err)
	}
	sized := *e.(*Engine)
	sized.device = fmt.Sprintf("%s, %d workers", name, n)
	sized.pool = newPool(n)
	t.Cleanup(func() { sized.Close(); e.Close() })
	return &sized
}

// The bits of a result do not depend on how many threads worked for it.
func TestThreadsKeepBits(t *testing.T) {
	one := withWorkers(t, "go", 1)
	for _, n := range []int{2, 3, 7} {
		if err := backendtest.SameBits(one, withWorkers(t, "go", n)); err != nil {
			t.Error(err)
		}
	}
	if err := backendtest.SameBits(shrink(t, one, smallBlocks), shrink(t, withWorkers(t, "go", 3), smallBlocks)); err != nil {
		t.Errorf("on a small plan: %v", err)
	}
}

// The whole suite on a small plan, where every program crosses the borders of blocks, strips, tasks and packed panels,
// and on more workers than cores.
func TestSmallPlan(t *testing.T) {
	if testing.Short() {
		t.Skip("the whole suite once more, left out by -short")
	}
	e := shrink(t, withWorkers(t, "go", 5), smallBlocks)
	backendtest.Test(t, func() (backend.Engine, error) { return e, nil })
}

// counted is a job that counts how often each task has run, without atomics: the pool must not run one twice, and
// must not return before all are done.
func counted(tasks int) (*job, []int) {
	runs := make([]int, tasks)
	return &job{tasks: tasks, run: func(_, task int) { runs[task]++ }}, runs
}

func TestPoolRunsEachTaskOnce(t *testing.T) {
	p := newPool(4)
	defer p.close()
	for _, tasks := range []int{0, 1, 2, 3, 17} {
		j, runs := counted(tasks)
		for n := range 2000 {
			p.do(j, true)
			for task, r := range runs {
				if r != n+1 {
					t.Fatalf("%d tasks: after %d runs, task %d has run %d times", tasks, n+1, task, r)
				}
			}
		}
	}
}

// Jobs follow one another as the phases of a program do, with pauses now and then in which workers fall asleep. A
// worker that comes late to one must not disturb another.
func TestPoolPhases(t *testing.T) {
	p := newPool(3)
	defer p.close()
	var jobs []*job
	var runs [][]int
	for tasks := range 6 {
		j, r := counted(tasks + 1)
		jobs, runs = append(jobs, j), append(runs, r)
	}
	for n := range 1000 {
		for i, j := range jobs {
			p.do(j, i != n%len(jobs)) // one of them on the caller alone, while a worker may still hold it
			for task, r := range runs[i] {
				if r != n+1 {
					t.Fatalf("job %d: after %d runs, task %d has run %d times", i, n+1, task, r)
				}
			}
		}
		if n%100 == 0 {
			time.Sleep(2 * spinTime)
		}
	}
}

// Programs of several goroutines share the pool: one of them gets the workers, the others stay on their own thread.
func TestPoolFromSeveralGoroutines(t *testing.T) {
	p := newPool(4)
	defer p.close()
	var wg sync.WaitGroup
	var alone atomic.Int32
	for range 6 {
		wg.Go(func() {
			j, runs := counted(5)
			for n := range 1000 {
				parallel := p.enter()
				if parallel && alone.Add(1) > 1 {
					t.Error("two programs have the workers at the same time")
				}
				p.do(j, parallel)
				if parallel {
					alone.Add(-1)
				}
				p.leave()
				for task, r := range runs {
					if r != n+1 {
						t.Errorf("after %d runs, task %d has run %d times", n+1, task, r)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	if p.active.Load() != 0 {
		t.Errorf("%d programs are still announced", p.active.Load())
	}
}

// Programs side by side stay on their callers' threads; one that goes on alone has the workers again, after some runs.
func TestPoolAfterCrowd(t *testing.T) {
	p := newPool(2)
	defer p.close()
	if !p.enter() || p.enter() {
		t.Fatal("the first program and no other has the workers")
	}
	p.leave()
	p.leave()
	for n := range afterCrowd + 1 {
		if got, want := p.enter(), n == afterCrowd; got != want {
			t.Fatalf("run %d after two programs ran side by side: has the workers %v, want %v", n, got, want)
		}
		p.leave()
	}
}

// A worker gives its own number, so that two never share scratch memory.
func TestPoolWorkerNumbers(t *testing.T) {
	p := newPool(4)
	defer p.close()
	busy := make([]atomic.Int32, 4)
	var seen atomic.Int32
	j := &job{tasks: 64, run: func(worker, _ int) {
		if busy[worker].Add(1) > 1 {
			t.Errorf("worker %d does two tasks at once", worker)
		}
		seen.Or(1 << worker)
		time.Sleep(10 * time.Microsecond)
		busy[worker].Add(-1)
	}}
	for n := 0; n < 1000 && seen.Load() != 0b1111; n++ {
		p.do(j, true)
	}
	if seen.Load() != 0b1111 {
		t.Errorf("workers %04b have worked: not all", seen.Load())
	}
}

// workers counts the goroutines of pools.
func workers() int {
	buf := make([]byte, 1<<20)
	return strings.Count(string(buf[:runtime.Stack(buf, true)]), "cpu.(*pool).loop(")
}

// settle waits until the number of workers is n.
func settle(n int) bool {
	for range 2000 {
		if workers() == n {
			return true
		}
		time.Sleep(time.Millisecond)
	}
	return false
}

func TestCloseStopsWorkers(t *testing.T) {
	if !settle(0) {
		t.Fatalf("%d workers of other tests are left", workers())
	}
	p := newPool(5)
	j, runs := counted(8)
	if workers() != 0 {
		t.Error("a pool has workers before it has work")
	}
	p.do(j, true)
	if !settle(4) {
		t.Errorf("%d workers, want 4 besides the caller", workers())
	}
	p.close()
	p.close() // twice is once
	if !settle(0) {
		t.Errorf("%d workers are left after Close", workers())
	}
	p.do(j, true) // without workers, but all the same
	if runs[7] != 2 {
		t.Error("a closed pool does not run its tasks")
	}
	if !settle(0) {
		t.Error("a closed pool has started workers")
	}
}

// A pool that is closed while its worker takes up a job lets it go: the job is so short that its end, the pool's, and the moment at
// which the worker sees it come together.
func TestCloseBehindAJob(t *testing.T) {
	for range 5000 {
		p := newPool(2)
		var there atomic.Bool
		p.do(&job{tasks: 2, run: func(worker, _ int) {
			there.CompareAndSwap(false, worker == 1)
			for worker == 0 && !there.Load() {
				runtime.Gosched()
			}
		}}, true)
		p.do(&job{tasks: 2, run: func(int, int) {}}, true)
		p.close()
	}
	if !settle(0) {
		t.Errorf("%d workers are left", workers())
	}
}

// Workers that find nothing to do sleep, and wake for the next job.
func TestPoolSleepsAndWakes(t *testing.T) {
	p := newPool(3)
	defer p.close()
	var worked atomic.Int32
	j := &job{tasks: 3, run: func(worker, _ int) {
		worked.Or(1 << worker)
		time.Sleep(time.Millisecond)
	}}
	for n := range 5 {
		worked.Store(0)
		for try := 0; try < 1000 && worked.Load() != 0b111; try++ {
			p.do(j, true)
		}
		if worked.Load() != 0b111 {
			t.Fatalf("run %d: only the workers %03b have worked", n, worked.Load())
		}
		for try := 0; try < 2000 && p.asleep.Load() != 2; try++ {
			time.Sleep(time.Millisecond)
		}
		if p.asleep.Load() != 2 {
			t.Fatalf("run %d: %d workers are asleep, want 2", n, p.asleep.Load())
		}
	}
}

// TestEachTaskOnce: whatever the number of workers, and in both orders, each task runs once in each run.
func TestEachTaskOnce(t *testing.T) {
	for _, workers := range []int{1, 2, 3, 5, 8, 11} {
		p := newPool(workers)
		for _, tasks := range []int{1, 2, 3, 7, 8, 100} {
			for _, near := range []bool{false, true} {
				j, ran := counted(tasks)
				j.near = near
				for run := range 200 {
					p.do(j, true)
					for task, n := range ran {
						if n != run+1 {
							t.Fatalf("%d workers, near %t: task %d of %d has run %d times in %d runs", workers, near, task, tasks, n, run+1)
						}
					}
				}
			}
		}
		p.close()
	}
}
