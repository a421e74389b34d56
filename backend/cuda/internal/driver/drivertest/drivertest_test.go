package drivertest

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"unsafe"

	"github.com/stheno/stheno/backend/cuda/internal/driver"
)

// listener is a test that keeps what it is told.
type listener struct {
	testing.TB
	said    []string
	cleanup []func()
}

func (l *listener) Cleanup(f func())             { l.cleanup = append(l.cleanup, f) }
func (l *listener) Errorf(text string, a ...any) { l.said = append(l.said, fmt.Sprintf(text, a...)) }

// Each rule that is broken is told.
func TestRules(t *testing.T) {
	const ptx = ".visible .entry one(.param .u64 p0)\n{\n}\n"
	word := unsafe.Pointer(new(uint32))
	memory := make([]byte, 2*os.Getpagesize())
	pages := unsafe.Pointer(&memory[os.Getpagesize()-int(uintptr(unsafe.Pointer(&memory[0]))%uintptr(os.Getpagesize()))])
	for want, use := range map[string]func(d *Driver, s driver.Stream, m driver.Memory, f driver.Function){
		"": func(d *Driver, s driver.Stream, m driver.Memory, f driver.Function) {
			d.Launch(f, driver.Launch{Grid: 1, Threads: 32, Args: []uint64{uint64(m)}}, s)
		},
		"memory is freed at": func(d *Driver, s driver.Stream, m driver.Memory, f driver.Function) { d.Free(m + 1) },
		"4 bytes at":         func(d *Driver, s driver.Stream, m driver.Memory, f driver.Function) { d.Download(word, m+1, 4) },
		"an upload into a stream": func(d *Driver, s driver.Stream, m driver.Memory, f driver.Function) {
			d.BeginCapture(s)
			d.Upload(m, word, 4, s)
			d.EndCapture(s)
		},
		"a stream is waited for": func(d *Driver, s driver.Stream, m driver.Memory, f driver.Function) {
			d.BeginCapture(s)
			d.Synchronize(s)
			d.EndCapture(s)
		},
		"one gets 0 arguments for 1 parameters": func(d *Driver, s driver.Stream, m driver.Memory, f driver.Function) {
			d.Launch(f, driver.Launch{Grid: 1, Threads: 1}, s)
		},
		"a kernel of no module": func(d *Driver, s driver.Stream, m driver.Memory, f driver.Function) {
			d.Launch(f+1, driver.Launch{}, s)
		},
		"at the end there are {Contexts:0 Memory:1": func(d *Driver, s driver.Stream, m driver.Memory, f driver.Function) { d.Alloc(8) },
		"no whole pages": func(d *Driver, s driver.Stream, m driver.Memory, f driver.Function) { d.Pin(word, 4) },
		"where it is already": func(d *Driver, s driver.Stream, m driver.Memory, f driver.Function) {
			d.Pin(pages, os.Getpagesize())
			d.Pin(pages, os.Getpagesize())
			d.Unpin(pages)
		},
		"where none is pinned": func(d *Driver, s driver.Stream, m driver.Memory, f driver.Function) { d.Unpin(word) },
		"an upload may read it": func(d *Driver, s driver.Stream, m driver.Memory, f driver.Function) {
			d.Pin(pages, os.Getpagesize())
			d.Upload(m, pages, 4, s)
			d.Unpin(pages)
			d.Synchronize(s)
			d.Unpin(pages)
		},
		"there is no graph": func(d *Driver, s driver.Stream, m driver.Memory, f driver.Function) { d.LaunchGraph(1, s) },
		"a recording ends":  func(d *Driver, s driver.Stream, m driver.Memory, f driver.Function) { d.EndCapture(s) },
		"with 9 blocks that wait for one another": func(d *Driver, s driver.Stream, m driver.Memory, f driver.Function) {
			d.Launch(f, driver.Launch{Grid: 9, Threads: 1, Args: []uint64{0}, Cooperative: true}, s)
		},
	} {
		l := &listener{TB: t}
		d := New(l)
		c, _ := d.NewContext(0)
		s, _ := d.NewStream()
		m, _ := d.Alloc(4)
		module, _, _ := d.Load(ptx)
		f, err := d.Function(module, "one")
		if err != nil {
			t.Fatal(err)
		}
		use(d, s, m, f)
		d.Unload(module)
		d.Free(m)
		d.DestroyStream(s)
		d.DestroyContext(c)
		for _, f := range l.cleanup {
			f()
		}
		said := strings.Join(l.said, "\n")
		if (said == "") != (want == "") || !strings.Contains(said, want) {
			t.Errorf("told: %q, want %q", said, want)
		}
	}
}

// A graph does what was recorded, in its order, each time that it is launched, and nothing before.
func TestGraph(t *testing.T) {
	d := New(t)
	s, _ := d.NewStream()
	m, _ := d.Alloc(2)
	got := make([]byte, 2)
	read := func() []byte {
		if err := d.Download(unsafe.Pointer(&got[0]), m, 2); err != nil {
			t.Fatal(err)
		}
		return got
	}
	d.BeginCapture(s)
	d.Fill(m, 7, 2, s)
	d.Fill(m, 9, 1, s)
	g, err := d.EndCapture(s)
	if err != nil || string(read()) != "\xff\xff" {
		t.Errorf("while it is recorded: %v, %v", got, err)
	}
	for range 2 {
		d.Fill(m, 1, 2, s)
		if err := d.LaunchGraph(g, s); err != nil || string(read()) != "\x09\x07" {
			t.Errorf("launched: %v, %v", got, err)
		}
	}
	d.DestroyGraph(g)
	d.Free(m)
	d.DestroyStream(s)
}
