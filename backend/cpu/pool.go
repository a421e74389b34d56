package cpu

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// spinTime is how long a worker looks for more work before it sleeps. It bridges the gap between the phases of a step and
// between steps, where waking a thread would cost more than the work. It is longer than a thread takes to wake: else a worker
// that comes too late for one short job would be asleep again before the next. An idle pool costs nothing.
const spinTime = 500 * time.Microsecond

// pool runs the tasks of a phase on a fixed set of workers. Which worker runs a task never changes what the task
// computes.
type pool struct {
	workers int          // the caller is one of them
	active  atomic.Int32 // programs that run
	crowd   atomic.Int32 // runs until one that is alone has the workers again
	job     atomic.Pointer[job]
	epoch   atomic.Uint32 // counts the jobs
	asleep  atomic.Int32
	gate    gate
	start   sync.Once
	ended   atomic.Bool
}

// job is a list of tasks that may run in any order. Where they are near, neighbours go to one worker, in each phase about the same, which has
// what they read in its caches: the list has two ends, at which two workers begin, and of more workers each pair has a part of it, up to
// mostLists. Else all take them in their order, those of a matrix's blocks beside one another.
type job struct {
	tasks int
	near  bool
	run   func(worker, task int)
	done  atomic.Int64
	lists [mostLists]list
}

const mostLists = 4

// list is how many tasks are taken at its ends: at the front, and, in the upper half, at the back. Each has a line of the cache of its own; the
// first one's is that of done.
type list struct {
	atomic.Uint64
	_ [56]byte
}

func newPool(workers int) *pool {
	return &pool{workers: workers}
}

// afterCrowd is for how many runs a program that was not alone keeps to its caller's thread. Programs that run side by side
// would else find themselves alone between two runs of the other, and wake workers for which there is no core.
const afterCrowd = 64

// enter announces a running program; leave takes that back. Programs that run at the same time each stay on their
// caller's thread: there are no idle cores to share then.
func (p *pool) enter() (alone bool) {
	if p.active.Add(1) > 1 {
		p.crowd.Store(afterCrowd)
		return false
	}
	if p.crowd.Load() > 0 {
		p.crowd.Add(-1)
		return false
	}
	return true
}

func (p *pool) leave() { p.active.Add(-1) }

// do runs all tasks and returns when they are done. Worker 0 is the caller.
func (p *pool) do(j *job, parallel bool) {
	if !parallel || p.workers == 1 || j.tasks == 1 || p.ended.Load() {
		for t := range j.tasks {
			j.run(0, t)
		}
		return
	}
	p.start.Do(p.launch)
	j.done.Store(0)
	for i := range p.lists() {
		j.lists[i].Store(0)
	}
	p.job.Store(j)
	p.epoch.Add(1)
	if n := min(int(p.asleep.Load()), j.tasks-1); n > 0 {
		p.gate.open(&p.epoch, n)
	}
	j.work(0, p.lists())
	for spins := 0; j.done.Load() < int64(j.tasks); spins++ {
		if spins > 1000 {
			runtime.Gosched()
		}
	}
}

// lists is how many a job has.
func (p *pool) lists() int { return min(mostLists, (p.workers+1)/2) }

// work takes tasks until none is left, first of the worker's own list. A worker that comes late, even one that still holds the job of an
// earlier run, finds either nothing or a task of the current run.
func (j *job) work(worker, lists int) {
	end := uint64(1) << (worker / lists % 2 * 32)
	if !j.near {
		end, lists = 1, 1
	}
	for i := range lists {
		of := (worker + i) % lists
		first, behind := j.tasks*of/lists, j.tasks*(of+1)/lists
		for {
			taken := j.lists[of].Add(end) - end
			front, back := int(uint32(taken)), int(taken>>32)
			if first+front+back >= behind {
				break
			}
			t := first + front
			if end > 1 {
				t = behind - 1 - back
			}
			j.run(worker, t)
			j.done.Add(1)
		}
	}
}

func (p *pool) launch() {
	for w := 1; w < p.workers; w++ {
		go p.loop(w)
	}
}

func (p *pool) loop(worker int) {
	seen := uint32(0)
	for {
		p.await(seen)
		seen = p.epoch.Load()
		if p.ended.Load() { // asked after the epoch is read: what ends the pool may be what has just been read
			return
		}
		p.job.Load().work(worker, p.lists())
	}
}

// await returns when there is something newer than seen: a job, or the end of the pool.
func (p *pool) await(seen uint32) {
	began := time.Now()
	for i := 1; p.epoch.Load() == seen; i++ {
		if i%256 == 0 && time.Since(began) > spinTime {
			p.asleep.Add(1)
			p.gate.wait(&p.epoch, seen) // not at all, where a job came just now that has not seen us asleep
			p.asleep.Add(-1)
		}
	}
}

func (p *pool) close() {
	if !p.ended.Swap(true) {
		p.epoch.Add(1)
		p.gate.open(&p.epoch, p.workers)
	}
}
