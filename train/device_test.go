package train

import (
	"bytes"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/dist"
	"github.com/stheno/stheno/ir"
)

// nearby is the engine "remote" as one whose memory others can work on, as that of an NVIDIA GPU.
type nearby struct{ remote }

// lent is a buffer of it.
type lent struct {
	hidden
	n int
}

var lending atomic.Int32 // how many processes are lent memory
var brought atomic.Int64 // numbers that were read

func (b lent) Address() uintptr {
	if h, ok := b.Buffer.Host().([]float32); ok {
		return uintptr(unsafe.Pointer(unsafe.SliceData(h)))
	}
	return uintptr(unsafe.Pointer(unsafe.SliceData(b.Buffer.Host().([]float64))))
}

func (b lent) Lend(f func() error) error {
	lending.Add(1)
	defer lending.Add(-1)
	return f()
}

func (b lent) Read(dst any) error {
	brought.Add(int64(b.n))
	return b.hidden.Read(dst)
}

func (e nearby) Alloc(dt ir.DType, n int) (backend.Buffer, error) {
	b, err := e.Engine.Alloc(dt, n)
	return lent{hidden{b}, n}, err
}

func (e nearby) Compile(u *backend.Unit, bind map[string]backend.Buffer) (backend.Exec, error) {
	far := map[string]backend.Buffer{}
	for name, b := range bind {
		far[name] = b.(lent).hidden
	}
	return e.remote.Compile(u, far)
}

func init() {
	backend.Register("nearby", func() (backend.Engine, error) {
		e, err := backend.Open("go")
		return nearby{remote{e}}, err
	})
}

// there is a group that adds up by addresses, while the memory is lent.
type there struct {
	dist.Group
	able bool
	sums *atomic.Int32
}

func (g there) CUDA() bool { return g.able }

func (g there) SumDevice(x dist.Device) (dist.Operation, error) {
	var of any
	at := unsafe.Pointer(nil)
	*(*uintptr)(unsafe.Pointer(&at)) = x.Pointer
	if of = unsafe.Slice((*float32)(at), x.Len); x.Double {
		of = unsafe.Slice((*float64)(at), x.Len)
	}
	op, err := g.Sum(of)
	return whileLent{op, g.sums}, err
}

type whileLent struct {
	dist.Operation
	sums *atomic.Int32
}

func (o whileLent) Start() error {
	if lending.Load() == 0 {
		return fmt.Errorf("memory of the engine is changed while it may be at work there")
	}
	o.sums.Add(1)
	return o.Operation.Start()
}

// TestDeviceSums: where the group works in the GPUs' memory, gradients are added up there to the bits of the host's sums, of two processes, and none is read;
// with -parts, whose order is ours, they are added up on the host.
func TestDeviceSums(t *testing.T) {
	for _, k := range resumed()[:4:4] {
		for _, c := range []struct {
			parts  int
			able   bool
			engine string
			sums   bool
		}{{0, true, "nearby", true}, {0, false, "nearby", false}, {2, true, "nearby", false}, {0, true, "remote", false}} {
			k.c.Parts, k.c.Iters, k.engine = c.parts, 12, "go"
			want := k.inGroup(t, 2, nil, nil)
			var sums atomic.Int32
			k.engine = c.engine
			brought.Store(0)
			got := k.inGroup(t, 2, nil, func(_ int, config *Config, _ *Events, _ func()) {
				config.Group = there{config.Group, c.able, &sums}
			})
			if !bytes.Equal(got.state, want.state) || got.history != want.history {
				t.Errorf("%+v, %#v: %s\nwant %s", c, k.c.optimizer(), got.history, want.history)
			}
			if got := sums.Load() > 0; got != c.sums {
				t.Errorf("%+v: %d sums in the GPU's memory", c, sums.Load())
			}
		}
	}
}

// TestDeviceSumsReadNothing: a step reads no gradient, all of which it reads where they are added up on the host.
func TestDeviceSumsReadNothing(t *testing.T) {
	k := resumed()[0]
	k.engine = "nearby"
	var sums atomic.Int32
	m, end := k.model(t)
	defer end()
	params, err := m.Params()
	if err != nil {
		t.Fatal(err)
	}
	of := 0
	for _, p := range params {
		of += len(p)
	}
	read := func(iters int, able bool) int64 {
		k.c.Iters, k.c.EvalEvery = iters, 1000
		brought.Store(0)
		k.inGroup(t, 2, nil, func(_ int, config *Config, _ *Events, _ func()) { config.Group = there{config.Group, able, &sums} })
		return brought.Load()
	}
	host, device := read(20, false)-read(2, false), read(20, true)-read(2, true)
	if want := int64(2 * 18 * of); host-device != want {
		t.Errorf("18 steps of 2 processes read %d numbers, on the host %d: want the gradients, %d, as the difference", device, host, want)
	}
}

// TestExplainsDeviceSums: -explain says where gradients are added up.
func TestExplainsDeviceSums(t *testing.T) {
	s := &sumsOf[float32]{over: &dist.Sums{}, device: &deviceSums{sums: make([]dist.Operation, 4)}}
	if got := s.explain(); !strings.Contains(got, "4 gradients, in the memory of the GPU") {
		t.Error(got)
	}
}
