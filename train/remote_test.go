package train

import (
	"bytes"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"
)

// remote is the engine "go" as one whose memory is out of the host's reach, as a GPU's is.
type remote struct{ backend.Engine }

// hidden is a buffer of it.
type hidden struct{ backend.Buffer }

func (hidden) Host() any { return nil }

func (r remote) Alloc(dt ir.DType, n int) (backend.Buffer, error) {
	b, err := r.Engine.Alloc(dt, n)
	return hidden{b}, err
}

func (r remote) Compile(u *backend.Unit, bind map[string]backend.Buffer) (backend.Exec, error) {
	inside := map[string]backend.Buffer{}
	for name, b := range bind {
		inside[name] = b.(hidden).Buffer
	}
	x, err := r.Engine.Compile(u, inside)
	return remoteExec{x}, err
}

type remoteExec struct{ backend.Exec }

func (x remoteExec) Output(i int) backend.Buffer { return hidden{x.Exec.Output(i)} }

func init() {
	backend.Register("remote", func() (backend.Engine, error) {
		e, err := backend.Open("go")
		return remote{e}, err
	})
}

// TestRemoteMemory: where gradients are out of reach, copies of them go round, to the same bits.
func TestRemoteMemory(t *testing.T) {
	for _, parts := range []int{0, 4} {
		for _, k := range resumed()[:4:4] {
			k.c.Parts, k.c.Iters, k.engine = parts, 12, "go"
			want := k.inGroup(t, 2, nil, nil)
			k.engine = "remote"
			if got := k.inGroup(t, 2, nil, nil); !bytes.Equal(got.state, want.state) || got.history != want.history {
				t.Errorf("%d parts, %#v: %s\nwant %s", parts, k.c.optimizer(), got.history, want.history)
			}
		}
	}
}
