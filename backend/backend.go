// Package backend says what an engine is: something that compiles an ir.Program and runs it over buffers that it
// owns. Engines register themselves by name; Open finds them.
package backend

import (
	"errors"
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
	// and Host, which brings its function, every engine has; Prepare replaces what it has not. An engine with a kernel for Chain that
	// keeps to the memory plan computes the results of a sweep (ir.Program.Sweeps) together.
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

// TF32 is an engine whose large float32 products and convolutions can round their factors to TensorFloat-32: 10 bits of mantissa instead
// of 23.
type TF32 interface {
	// SetTF32 holds for programs that are compiled afterwards. It is off at first.
	SetTF32(on bool) error
}

// Looper is an engine that can repeat a program by itself, without the host between the runs. Engines whose memory is the
// host's need not.
type Looper interface {
	// NewTable copies rows of `width` bytes each to the engine's memory.
	NewTable(data []byte, width int) (Table, error)
	// NewLoop prepares a program, whose first output is one number, to be run at most `most` times in a row. Before each run every
	// feed, of which there is at least one, brings `rows` rows of its table. The error is ErrNotRepeatable where the program needs
	// the host. The loop must be closed before the program and the tables.
	NewLoop(x Exec, rows, most int, feeds ...Feed) (Loop, error)
}

// Table is rows of bytes in an engine's memory.
type Table interface{ Close() }

// Feed fills a buffer, an input of a repeated program, from a table: each byte of the rows becomes one number, or as many as the
// buffer has room for.
type Feed struct {
	Into     Buffer
	Table    Table
	Encoding Encoding
}

// Encoding says what a byte becomes.
type Encoding uint8

// The encodings.
const (
	Scaled Encoding = iota // a number from 0 to 1: the byte divided by 255
	OneHot                 // a row of numbers: 1 in the byte's column, 0 elsewhere
)

// Loop runs its program len(out) times: run i on the rows of the tables that its part of idx names, as many for each run as the loop
// was made for. out[i] is then the program's first output of run i. What the feeds' buffers hold afterwards is not defined.
type Loop interface {
	Run(idx []int, out []float64) error
	Close()
}

// ErrNotRepeatable is what an engine says of a program that it cannot repeat without the host.
var ErrNotRepeatable = errors.New("the program has functions of the host between its instructions: run it one by one")

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

// Announcer is an Exec that tells of its outputs as they come, so that something can be done with one while the next is computed.
type Announcer interface {
	// Announce has f called during each Run, by the goroutine that runs, between pieces of work: with the number of each output, once,
	// when that can be read, and with -1 at other times. nil ends it.
	Announce(f func(output int))
}

// Sizer is an Exec that has memory beside that of its plan, for factors that it packs for one.
type Sizer interface {
	// Beside is its size in bytes.
	Beside() int
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
