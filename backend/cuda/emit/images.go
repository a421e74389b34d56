package emit

import (
	"math"
	"strconv"

	"github.com/stheno/stheno/ir"
)

// gates are the codes of a pooling's rectifiers, x times op of 0 and x.
var gates = map[ir.Op]int{ir.None: 0, ir.Less: 1, ir.LessEq: 2}

// planes are the images, and what a window makes of them, of an op that has one.
func (e *emitter) planes(in *ir.Instr) (image, result ir.Shape) {
	first := e.p.At(in.Args[0]).Shape
	switch in.Op {
	case ir.Unpatch, ir.MaxUnpool:
		return in.Shape, first
	case ir.ConvWeights, ir.GroupConvWeights:
		return first, e.p.At(in.Args[1]).Shape
	}
	return first, in.Shape
}

// window is one as kernels/window.cuh takes it.
func (e *emitter) window(in *ir.Instr) []int {
	w := &in.Window
	image, result := e.planes(in)
	var out []int
	for _, pair := range [][2]int{w.Size, w.Step, w.Dilation, w.Before, w.Spread, {image[1], image[2]}, {result[1], result[2]}} {
		out = append(out, pair[:]...)
	}
	return append(out, image[3])
}

// overWindows launches an op of kernels/images.cu, which has the op's name.
func (e *emitter) overWindows(id ir.ID, in *ir.Instr) {
	var args []Arg
	for _, a := range in.Args {
		args = append(args, pointer(a))
	}
	name, n := in.Op.String(), in.Shape.Size()
	if in.Op == ir.SumPool || in.Op == ir.MaxUnpool {
		vector := together(in.Shape[3])
		name, n = name+strconv.Itoa(vector), n/vector
	}
	args = append(append(args, pointer(id)), ints(append([]int{n}, e.window(in)...)...)...)
	e.launch(id, "images", name, ceil(n, block), args...)
}

// maxPool gives a pooling's largest numbers, where they are, or both.
func (e *emitter) maxPool(sweep []ir.ID, in *ir.Instr) {
	values, indices, fill := Arg{Kind: Null}, Arg{Kind: Null}, uint64(0)
	for _, id := range sweep {
		if one := e.p.At(id); one.Op == ir.MaxPool {
			values, fill = pointer(id), math.Float64bits(one.Data[0])
		} else {
			indices = pointer(id)
		}
	}
	vector := together(in.Shape[3])
	n := in.Shape.Size() / vector
	numbers := append([]int{n, gates[in.Act], int(int32(fill >> 32)), int(int32(fill))}, e.window(in)...)
	e.launchSweep(sweep, "images", "maxpool"+strconv.Itoa(vector), ceil(n, block), append([]Arg{pointer(in.Args[0]), values, indices}, ints(numbers...)...)...)
}

// concat brings each argument to its place.
func (e *emitter) concat(id ir.ID, in *ir.Instr) {
	axis, from := in.Axes[0], 0
	outer := in.Shape[axis:].Size()
	for _, a := range in.Args {
		s := e.p.At(a).Shape
		n, inner := s.Size(), s[axis:].Size()
		if n > 0 {
			e.launch(id, "moves", "place", ceil(n, block), append([]Arg{pointer(a), pointer(id)}, ints(n, inner, outer, from)...)...)
		}
		from += inner
	}
}

// uniform draws: a thread draws four numbers.
func (e *emitter) uniform(id ir.ID, in *ir.Instr) {
	n := in.Shape.Size()
	args := append([]Arg{pointer(in.Args[0]), pointer(id)}, ints(n, int(in.Data[0]))...)
	e.launch(id, "moves", "uniform", ceil(n, 4*block), args...)
}
