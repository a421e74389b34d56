// Package backend says what an engine is: something that compiles an ir.Program and runs it over buffers that it
// owns. Engines register themselves by name; Open finds them.
package backend

import (
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/stheno/stheno/ir"
)

// Engine compiles programs for one kind of machine. It is safe for use from several goroutines; an Exec or a Buffer
// is not.
type Engine interface {
	// Name is what Open was called with.
	Name() string
	// Device says in words what the programs run on.
	Device() string
	// Alloc gives zeroed memory for n elements, to be shared between programs.
	Alloc(dt ir.DType, n int) (Buffer, error)
	// Has reports whether the engine has a kernel for an instruction of the program. Input, Const, Reshape, which moves nothing,
	// and Host, which brings its function, every engine has; Prepare replaces what it has not.
	Has(p *ir.Program, in *ir.Instr) bool
	// Compile makes the program ready to run. bind holds the buffer of every input, by name; updates are written
	// to these buffers. Prepare has made the unit for this engine.
	Compile(u *Unit, bind map[string]Buffer) (Exec, error)
	// Close frees what the engine holds. Its buffers and programs must not be used any more.
	Close() error
}

// Buffer is memory of an engine. Slices are []float32 or []float64, as it was allocated, and have its length.
type Buffer interface {
	Write(src any) error
	Read(dst any) error
	// Host is the memory itself where the engine's memory is the host's, else nil: writing there saves a copy.
	Host() any
	Free()
}

// TF32 is an engine whose large float32 products can round their factors to TensorFloat-32: 10 bits of mantissa instead of 23.
type TF32 interface {
	// SetTF32 holds for programs that are compiled afterwards. It is off at first.
	SetTF32(on bool) error
}

// Feeder is an engine that keeps a data set in its own memory and makes batches of it there. Engines whose memory is the
// host's need none.
type Feeder interface {
	// NewFeed takes images of len(images)/len(labels) bytes each and labels from 0 to classes-1.
	NewFeed(images, labels []byte, classes int) (Feed, error)
}

// Feed is a data set in an engine's memory. A batch of it is images as rows of numbers from 0 to 1 in x, and labels as rows
// with a 1 in the label's column in t.
type Feed interface {
	// NewLoop prepares a step to be repeated on drawn batches, at most `most` times a run. The step's first output is its
	// loss. The loop must be closed before the step and the feed.
	NewLoop(step Exec, x, t Buffer, batch, most int) (Loop, error)
	// NewTally prepares a program, whose first output is scores, to be repeated on images in their order, `batch` at a time.
	// The tally must be closed before the program and the feed.
	NewTally(scores Exec, x Buffer, batch int) (Tally, error)
	Close()
}

// Loop does a step for each of the losses, on the images idx, as many for each step as its batch has, and gives the losses.
type Loop interface {
	Run(idx []int, losses []float64) error
	Close()
}

// Tally counts how many of the images from, from+1, ... to-1, a whole number of batches, have their largest score, the first
// of equals, at their label.
type Tally interface {
	Count(from, to int) (int, error)
	Close()
}

// Exec is a compiled program.
type Exec interface {
	// Run runs the program once. It returns when the outputs can be read.
	Run() error
	// Output is the memory of output i, valid until the next Run.
	Output(i int) Buffer
	Close()
}

// Profiler is an Exec that can take the time of its instructions.
type Profiler interface {
	// Profile runs the program once, step by step, and gives the time of each instruction that does work.
	Profile() ([]time.Duration, error)
}

// Poisoner is an Exec that can fill with NaN all the memory that its next run must write before it reads it. Tests see so
// what a run takes over from the one before by mistake.
type Poisoner interface{ Poison() }

// Unit is a program on its way to an engine: optimised, with its schedule and its memory plan.
type Unit struct {
	Program *ir.Program
	Phases  []ir.Phase
	Plan    *ir.Plan
}

// Prepare runs the passes, replaces what the engine has no kernels for, schedules and plans.
func Prepare(e Engine, p *ir.Program) *Unit { return Plan(ir.Lower(ir.Optimize(p), e.Has)) }

// Plan schedules a program and plans its memory, without changing it.
func Plan(p *ir.Program) *Unit {
	phases := ir.Schedule(p)
	return &Unit{Program: p, Phases: phases, Plan: ir.PlanMemory(p, phases)}
}

// String prints the program, its schedule and its memory plan.
func (u *Unit) String() string {
	return u.Program.String() + ir.FormatSchedule(u.Phases) + u.Plan.Format(u.Program)
}

var (
	mu      sync.Mutex
	openers = map[string]func() (Engine, error){}
)

// Register makes an engine known under a name. Engines call it from init.
func Register(name string, open func() (Engine, error)) {
	mu.Lock()
	defer mu.Unlock()
	openers[name] = open
}

// Names lists the registered engines, sorted.
func Names() []string {
	mu.Lock()
	defer mu.Unlock()
	names := make([]string, 0, len(openers))
	for n := range openers {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// Open starts the engine of that name. It never falls back to another: the error says what to install or to type.
func Open(name string) (Engine, error) {
	mu.Lock()
	open, ok := openers[name]
	mu.Unlock()
	if !ok {
		return nil, fmt.Errorf("backend %q is unknown: choose one of %s", name, strings.Join(Names(), ", "))
	}
	return open()
}
