package backend_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"
)

var errNotHere = errors.New("not on this machine")

func init() {
	for _, name := range []string{"zeta", "alpha"} {
		backend.Register(name, func() (backend.Engine, error) { return nil, errNotHere })
	}
}

func TestNamesAreSorted(t *testing.T) {
	if got := strings.Join(backend.Names(), " "); got != "alpha blas go zeta" { // the example brings the host's
		t.Errorf("%q", got)
	}
}

// An unknown name is answered with the known ones.
func TestOpenUnknown(t *testing.T) {
	_, err := backend.Open("metal")
	if want := `backend "metal" is unknown: choose one of alpha, blas, go, zeta`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// An engine that cannot be opened is an error, not another engine.
func TestOpenNeverFallsBack(t *testing.T) {
	if e, err := backend.Open("alpha"); e != nil || !errors.Is(err, errNotHere) {
		t.Errorf("%v, %v", e, err)
	}
}

// partial is an engine that has what it says it has, and nothing else.
type partial struct {
	backend.Engine
	has func(in *ir.Instr) bool
}

func (e partial) Has(_ *ir.Program, in *ir.Instr) bool { return e.has(in) }

// Prepare leaves its argument alone, and the unit prints program, schedule and plan.
func TestPrepare(t *testing.T) {
	b := ir.NewBuilder("unit", ir.Float32)
	x := b.Input("x", 3)
	p, err := b.Done([]ir.ID{b.Op(ir.Exp, b.Op(ir.Tanh, x))})
	if err != nil {
		t.Fatal(err)
	}
	before := p.String()
	u := backend.Prepare(partial{has: func(*ir.Instr) bool { return true }}, p)
	if p.String() != before {
		t.Errorf("Prepare changed the program\n%v", p)
	}
	want := `program unit float32
  %0 = input "x"                               3
  %1 = chain exp(tanh(%0))                     3
  return %1
  phase 0, 3 rows: %1
  arena: 16 elements, 64 bytes
  %1 at 0, 3 elements
`
	if u.String() != want {
		t.Errorf("%v\nwant:\n%v", u, want)
	}
}
