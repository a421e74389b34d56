package ir_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stheno/stheno/ir"
)

// TestNextState: the count goes on from its lower part to its upper one; the seed stays.
func TestNextState(t *testing.T) {
	const last = 1<<24 - 1
	b := ir.NewBuilder("state", ir.Float32)
	state := b.Input("state", ir.StateSize)
	p := done(t, b, []ir.ID{b.NextState(state)})
	for _, c := range [][2][]float64{
		{{5, 6, 0, 0}, {5, 6, 1, 0}},
		{{last, last, last - 1, 2}, {last, last, last, 2}},
		{{last, 0, last, 2}, {last, 0, 0, 3}},
	} {
		for _, q := range []*ir.Program{p, ir.Optimize(p)} {
			out, _, err := q.Eval(map[string][]float64{"state": c[0]})
			if err != nil || !slices.Equal(out[0], c[1]) {
				t.Errorf("behind %v comes %v, want %v (%v)", c[0], out, c[1], err)
			}
		}
	}
}

// TestAdvance: so many runs further is that many times the next state.
func TestAdvance(t *testing.T) {
	const last = 1<<24 - 1
	b := ir.NewBuilder("state", ir.Float64)
	p := done(t, b, []ir.ID{b.NextState(b.Input("state", ir.StateSize))})
	for _, from := range [][]float64{{5, 6, 0, 0}, {5, 6, last - 2, 7}} {
		state, to := from, make([]float64, ir.StateSize)
		for runs := range 6 {
			if ir.Advance(to, from, runs); !slices.Equal(to, state) {
				t.Errorf("%v, %d runs later: %v, want %v", from, runs, to, state)
			}
			out, _, err := p.Eval(map[string][]float64{"state": state})
			if err != nil {
				t.Fatal(err)
			}
			state = out[0]
		}
	}
}

// TestStreams: seeds, runs and streams have numbers of their own.
func TestStreams(t *testing.T) {
	seen := map[string]bool{}
	for _, state := range [][]float64{ir.State(0), ir.State(1), ir.State(1 << 30), ir.State(1 << 47), {0, 0, 1, 0}, {0, 0, 0, 1}} {
		for stream := range 3 {
			in := ir.Instr{Op: ir.Uniform, Data: []float64{float64(stream)}}
			s := in.Stream(func(i int) float64 { return state[i] })
			key := fmt.Sprint(s)
			if seen[key] {
				t.Errorf("state %v, stream %d: the numbers of another", state, stream)
			}
			seen[key] = true
		}
	}
}
