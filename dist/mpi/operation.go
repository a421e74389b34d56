//go:build !static && (darwin || (linux && (cgo || 386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64)))

package mpi

import (
	"errors"
	"fmt"
	"slices"
	"time"
	"unsafe"

	"github.com/ebitengine/purego"
	"github.com/stheno/stheno/dist"
)

const (
	// mostElements is the most that goes in one message: C counts in int.
	mostElements = 1 << 30
	// tags are what an exchange's messages can be marked with: every library has this many.
	tags = 1 << 15
	// patience is how long a process waits before it looks whether another one is gone, and from one look to the next.
	patience = 100 * time.Millisecond
)

// operation is messages that are under way together.
type operation struct {
	g        *group
	memory   [2]any // what the messages point to: it lives as long
	messages []message
	next     int // the first message that is not done
	started  bool
	looked   time.Time // for processes that are gone
	flag     int32     // MPI_Test's answer
}

// message is a function of the library's with its arguments, in their order: made once, so that a start allocates nothing. It is on the
// heap, where Go moves nothing, and keeps the request, whose address the library knows.
type message struct {
	name    string
	entry   uintptr
	args    []uintptr
	test    [3]uintptr
	request uintptr
}

// add puts one more message into the operation. MPI's last argument, the address of the request, comes when all are there.
func (o *operation) add(name string, args ...uintptr) {
	o.messages = append(o.messages, message{name: name, entry: o.g.lib.at[name], args: args})
}

// ready completes the arguments, now that messages stay where they are.
func (o *operation) ready() *operation {
	for i := range o.messages {
		m := &o.messages[i]
		request := uintptr(unsafe.Pointer(&m.request))
		m.args = append(m.args, request)
		m.test = [...]uintptr{request, uintptr(unsafe.Pointer(&o.flag)), o.g.lib.statusIgnore}
	}
	o.next = len(o.messages)
	return o
}

// pieces calls f for each piece of x that goes in one message: its address, its length and MPI's name for the type.
func (g *group) pieces(x any, f func(at, n, datatype uintptr)) {
	var at, size, datatype uintptr
	var n int
	l := g.lib
	switch x := x.(type) {
	case []float32:
		at, n, size, datatype = uintptr(unsafe.Pointer(unsafe.SliceData(x))), len(x), 4, l.value[l.float]
	case []float64:
		at, n, size, datatype = uintptr(unsafe.Pointer(unsafe.SliceData(x))), len(x), 8, l.value[l.double]
	case []byte:
		at, n, size, datatype = uintptr(unsafe.Pointer(unsafe.SliceData(x))), len(x), 1, l.value[l.byte]
	default:
		panic(fmt.Sprintf("mpi: %T was not checked", x)) // our own bug
	}
	for from := 0; from < n; from += g.most {
		f(at+uintptr(from)*size, uintptr(min(g.most, n-from)), datatype)
	}
}

func (g *group) Sum(x any) (dist.Operation, error) {
	if err := dist.CheckNumbers(x); err != nil {
		return nil, err
	}
	return g.sumOf(g.comm, x), nil
}

func (g *group) sumOf(comm uintptr, x any) *operation {
	o := &operation{g: g, memory: [2]any{x}}
	g.pieces(x, func(at, n, datatype uintptr) {
		o.add("MPI_Iallreduce", g.lib.inPlace, at, n, datatype, g.lib.value[g.lib.sum], comm)
	})
	return o.ready()
}

func (g *group) Exchange(peer int, send, receive any) (dist.Operation, error) {
	if err := dist.CheckExchange(peer, g.rank, g.size, send, receive); err != nil {
		return nil, err
	}
	o := &operation{g: g, memory: [2]any{send, receive}}
	tag := uintptr(g.made % tags)
	g.made++
	g.pieces(receive, func(at, n, datatype uintptr) {
		o.add("MPI_Irecv", at, n, datatype, uintptr(peer), tag, g.comm)
	})
	g.pieces(send, func(at, n, datatype uintptr) {
		o.add("MPI_Isend", at, n, datatype, uintptr(peer), tag, g.comm)
	})
	return o.ready(), nil
}

func (g *group) Broadcast(x []byte, from int) error {
	return g.broadcast(g.comm, g.size, x, from)
}

func (g *group) BroadcastHere(x []byte, from int) error {
	return g.broadcast(g.local, g.machine, x, from)
}

// broadcast is one in a communicator of so many processes.
func (g *group) broadcast(comm uintptr, size int, x []byte, from int) error {
	if err := dist.CheckRank(from, size); err != nil {
		return err
	}
	o := &operation{g: g, memory: [2]any{x}}
	g.pieces(x, func(at, n, datatype uintptr) {
		o.add("MPI_Ibcast", at, n, datatype, uintptr(from), comm)
	})
	return dist.Do(o.ready())
}

func (g *group) Barrier() error {
	o := &operation{g: g}
	o.add("MPI_Ibarrier", g.comm)
	return dist.Do(o.ready())
}

func (o *operation) Start() error {
	g := o.g
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.closed.Load():
		return errors.New("mpi: the group is closed")
	case o.started:
		return errors.New("mpi: the operation is under way: wait until it is done")
	}
	o.started, o.next, o.looked = true, 0, time.Now()
	g.underWay = append(g.underWay, o)
	for i := range o.messages {
		m := &o.messages[i]
		if code, _, _ := purego.SyscallN(m.entry, m.args...); int32(code) != 0 {
			if i == 0 { // else those before it are under way
				o.end()
			}
			return g.lib.failure(m.name, code)
		}
	}
	return nil
}

func (o *operation) Done() (bool, error) {
	if !o.started {
		return true, nil
	}
	if done, err := o.test(); done || err != nil {
		return done, err
	}
	if now := time.Now(); now.Sub(o.looked) > patience {
		o.looked = now
		if lost := o.g.Lost(); len(lost) > 0 {
			return false, &dist.LostError{Ranks: lost}
		}
	}
	return false, nil
}

// test asks for the messages that are not known to be done, up to the first that is not.
func (o *operation) test() (bool, error) {
	g := o.g
	g.mu.Lock()
	defer g.mu.Unlock()
	for ; o.next < len(o.messages); o.next++ {
		m := &o.messages[o.next]
		code, _, _ := purego.SyscallN(g.lib.at["MPI_Test"], m.test[:]...)
		if int32(code) != 0 {
			return false, g.lib.failure(m.name, code)
		}
		if o.flag == 0 {
			return false, nil
		}
	}
	o.end()
	return true, nil
}

// end gives the memory back.
func (o *operation) end() {
	at := slices.Index(o.g.underWay, o)
	o.g.underWay = slices.Delete(o.g.underWay, at, at+1)
	o.started = false
}
