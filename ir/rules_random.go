package ir

import (
	"errors"

	"github.com/stheno/stheno/internal/philox"
)

// Random numbers come from a state that the program is given and carries on: StateSize whole numbers below 2²⁴, which every float type
// holds. The first two are the seed, the others count the runs.

// StateSize is how many numbers a generator's state has.
const StateSize = 4

const stateBits = 24

// State is the first state of a seed, of which the lower 48 bits count.
func State(seed uint64) []float64 {
	const mask = 1<<stateBits - 1
	return []float64{float64(seed & mask), float64(seed >> stateBits & mask), 0, 0}
}

// Advance is the state that follows from one after so many runs.
func Advance[T float32 | float64](to, from []T, runs int) {
	copy(to, from)
	at := uint64(from[2]) + uint64(from[3])<<stateBits + uint64(runs)
	const mask = 1<<stateBits - 1
	to[2], to[3] = T(at&mask), T(at>>stateBits&mask)
}

// NextState appends the state of the next run.
func (b *Builder) NextState(state ID) ID {
	// one more in the third place, and in the fourth where that has come round
	place := func(at float64) ID {
		v := make([]float64, StateSize)
		v[int(at)] = 1
		return b.Const(v, StateSize)
	}
	low := b.Op(Add, state, place(2))
	full := b.Op(Mul, b.Op(Equal, low, b.Scalar(1<<stateBits)), place(2))
	low = b.Op(Sub, low, b.Op(Mul, full, b.Scalar(1<<stateBits)))
	carry := b.Emit(Instr{Op: Sum, Args: []ID{full}, Axes: []int{0}})
	return b.Op(Add, low, b.Op(Mul, place(3), carry))
}

// Stream is where the numbers of a Uniform come from, by its state and its own number, Data[0].
func (in *Instr) Stream(state func(i int) float64) philox.Stream {
	low, high := uint64(state(2)), uint64(state(3))
	run := low | high<<stateBits
	seed := uint64(state(0)) | uint64(state(1))<<stateBits
	return philox.Stream{Key: [2]uint32{uint32(seed), uint32(seed>>32) | uint32(in.Data[0])<<16}, Above: [2]uint32{uint32(run), uint32(run >> 32)}}
}

func uniformShape(c *call) (Shape, error) {
	if c.shapes[0].Size() != StateSize || len(c.Data) != 1 {
		return nil, errors.New("uniform: it takes a generator's state and the number of a stream")
	}
	return c.Shape, nil
}

func uniformEval(c *call, out []float64) {
	philox.Uniform(out, c.Stream(func(i int) float64 { return c.args[0][i] }), 0)
}
