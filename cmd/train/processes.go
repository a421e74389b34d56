package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stheno/stheno/backend/cuda"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/dist"
	"github.com/stheno/stheno/dist/mpi"
	"github.com/stheno/stheno/models"
)

// Values of -mpi that are no library.
const (
	mpiAuto = "auto"
	mpiOff  = "off"
)

// processes are those that train together, and this one among them.
type processes struct {
	dist.Group
	threads int  // of this process
	cores   int  // of this machine, that its processes share
	shared  bool // there are others
	told    sync.Once
	leaves  atomic.Bool // another one, which may be gone by now, tells what has ended all
	goOn    string      // what to do when one of them is killed
}

// follows tells, before the processes have found one another, that this one leaves the talking to another.
func (o *options) follows() bool {
	_, rank, _, launched := mpi.Launched()
	return launched && rank > 0 && o.mpi != mpiOff
}

// join finds the processes that mpirun or srun has started with this one.
func (o *options) join() (err error) {
	o.together = processes{Group: dist.Alone(), threads: runtime.GOMAXPROCS(0), cores: max(online(), runtime.NumCPU())}
	_, _, size, launched := mpi.Launched()
	library := o.mpi
	switch {
	case o.mpi == mpiOff, o.mpi == mpiAuto && (!launched || size == 1):
		return o.checkGroup()
	case o.mpi == mpiAuto:
		library = ""
	}
	if o.together.Group, err = mpi.Join(library); err != nil {
		o.together.Group = dist.Alone()
		return fmt.Errorf("-mpi %s: %w", o.mpi, err)
	}
	_, here := o.together.Machine()
	o.together.shared = o.together.Size() > 1
	o.together.threads = threadsOf(runtime.NumCPU(), o.together.cores, here)
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(o.together.threads)
	} else {
		o.together.threads = runtime.GOMAXPROCS(0)
	}
	if err := o.checkGroup(); err != nil {
		return err
	}
	oneGPU(o.together.Group)
	if o.out != "" {
		o.together.goOn = fmt.Sprintf(": go on with -resume %s, if it has a checkpoint", o.out)
	}
	if o.together.Rank() > 0 { // the first one writes
		o.out, o.save, o.gradcheck = "", "", false
	}
	return nil
}

// threadsOf shares the cores of a machine out among its processes. A launcher may have given each its own already: those that this one may
// run on are then a part of all.
func threadsOf(mine, all, processes int) int {
	if mine*processes <= all {
		return mine
	}
	return max(1, mine/processes)
}

// online is how many cores the machine has, whichever this process may run on.
func online() int {
	text, err := os.ReadFile("/sys/devices/system/cpu/online")
	if err != nil {
		return runtime.NumCPU()
	}
	n := 0
	for _, part := range strings.Split(strings.TrimSpace(string(text)), ",") {
		from, to, several := strings.Cut(part, "-")
		a, errA := strconv.Atoi(from)
		b, errB := strconv.Atoi(to)
		switch {
		case !several && errA == nil:
			n++
		case errA == nil && errB == nil && b >= a:
			n += b - a + 1
		default:
			return runtime.NumCPU()
		}
	}
	return n
}

// oneGPU gives each process of a machine the GPU of its number, round and round, unless the user has chosen.
func oneGPU(g dist.Group) {
	if rank, size := g.Machine(); size > 1 && os.Getenv(cuda.GPU) == "" {
		os.Setenv(cuda.GPU, strconv.Itoa(rank))
	}
}

// checkGroup holds the flags to the number of processes.
func (o *options) checkGroup() error {
	size := o.together.Size()
	switch {
	case o.parts > 0 && (size > o.parts || bits.OnesCount(uint(size)) > 1):
		return fmt.Errorf("-parts %d: the processes share them evenly: start 1, 2, 4, ... processes, %d at most, not %d", o.parts, o.parts, size)
	case o.batch < size:
		return fmt.Errorf("-batch %d: %d processes need a sample each: give -batch %d, or start fewer", o.batch, size, size)
	}
	return nil
}

// apart tells whether batches are computed in parts.
func (o *options) apart() bool { return o.parts > 0 || o.together.shared }

// checkParts finds what is wrong with -parts.
func (o *options) checkParts() error {
	switch {
	case o.parts < 0 || bits.OnesCount(uint(o.parts)) > 1:
		return fmt.Errorf("-parts %d: a power of two is wanted, such as 8; 0 is one part a process", o.parts)
	case o.batch < o.parts:
		return fmt.Errorf("-parts %d: each needs a sample of the batch: give -batch %d or more, or fewer parts", o.parts, o.parts)
	}
	return nil
}

// tell says how many processes there are.
func (p *processes) tell(w io.Writer) {
	if !p.shared {
		return
	}
	_, here := p.Machine()
	where := ""
	if here > p.cores {
		where = fmt.Sprintf("; %d of them share %d cores: as many processes as cores are faster", here, p.cores)
	}
	threads := "threads"
	if p.threads == 1 {
		threads = "thread"
	}
	fmt.Fprintf(w, "train: %d processes train together over %v, each with %d %s%s\n", p.Size(), p.Group, p.threads, threads, where)
}

var errUnlike = errors.New("it does not start from what process 0 does: give all processes the same flags and files")

// agree makes sure that all processes start from the same model, data and flags.
func (o *options) agree(m *models.Model, d *data.Set) error {
	if !o.together.shared {
		return nil
	}
	file, err := models.Encode(m, models.Training{})
	if err != nil {
		return err
	}
	h := sha256.New()
	fmt.Fprintln(h, o.note(), d.Train.Len(), d.Test.Len(), d.Shape, d.Classes)
	if o.state != nil {
		fmt.Fprintln(h, o.state.Iters())
	}
	h.Write(file)
	ours := h.Sum(nil)
	theirs := bytes.Clone(ours)
	if err := o.together.Broadcast(theirs, 0); err != nil {
		return err
	}
	if !bytes.Equal(ours, theirs) {
		return errUnlike
	}
	return nil
}

// patienceWithOthers is how long a process that has failed leaves it to one before it to tell of the same failure and to end all.
const patienceWithOthers = 5 * time.Second

// patienceFor is longer for what the process that reads for this one has failed with, which need not be the first of all.
func patienceFor(err error) time.Duration {
	var shared *data.SharedError
	if errors.As(err, &shared) {
		return 2 * patienceWithOthers
	}
	return patienceWithOthers
}

// forwarding is the time that a launcher is given to pass on what was told, before it hears of the end and looks at nothing else.
const forwarding = 100 * time.Millisecond

// failed tells an error by one process, which ends all. The others need not wait for that when a signal asks them to stop.
func (p *processes) failed(err error, code int, stop <-chan struct{}, tell func(error)) {
	if p.leaves.Load() || !p.first() {
		select {
		case <-stop:
			return
		case <-time.After(patienceFor(err)):
		}
	}
	var gone *dist.LostError
	if p.Rank() > 0 && !errors.As(err, &gone) {
		err = fmt.Errorf("process %d: %w", p.Rank(), err)
	}
	p.told.Do(func() { tell(err) })
	time.Sleep(forwarding)
	p.Abort(code)
}

// first tells whether this process is the first of those that are there.
func (p *processes) first() bool {
	lost, first := p.Lost(), 0
	for slices.Contains(lost, first) {
		first++
	}
	return p.Rank() == first
}

// watch has one process tell, at once, that another was killed: the launcher may kill all soon. One that has ended itself has told why, and
// those that end behind the first do so because of it.
func (p *processes) watch(tell func(error)) {
	w, ok := p.Group.(dist.Watcher)
	if !ok {
		return
	}
	var once sync.Once
	w.Watch(func(rank int, how string) {
		once.Do(func() {
			switch {
			case !p.first():
				p.leaves.Store(true)
			case how != "":
				p.told.Do(func() { tell(fmt.Errorf("process %d is gone (%s): all end%s", rank, how, p.goOn)) })
			}
		})
	})
}
