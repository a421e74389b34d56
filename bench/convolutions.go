package bench

import (
	"fmt"
	"math"
	"time"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/bench/work"
	"github.com/stheno/stheno/ir"
)

// Convolutions are shapes from nets that are in use: the first layers of ResNet and YOLO, 3 x 3 and 1 x 1 from wide images to deep
// ones, and the 5 x 5 of Inception; each on one image and on 32.
var Convolutions = batched(1, 32,
	work.Convolution{Channels: 3, Size: 224, Filters: 64, Kernel: 7, Step: 2, Pad: 3},
	work.Convolution{Channels: 3, Size: 224, Filters: 16, Kernel: 3, Step: 1, Pad: 1},
	work.Convolution{Channels: 64, Size: 56, Filters: 64, Kernel: 3, Step: 1, Pad: 1},
	work.Convolution{Channels: 256, Size: 56, Filters: 64, Kernel: 1, Step: 1, Pad: 0},
	work.Convolution{Channels: 128, Size: 56, Filters: 128, Kernel: 3, Step: 2, Pad: 1},
	work.Convolution{Channels: 128, Size: 28, Filters: 128, Kernel: 3, Step: 1, Pad: 1},
	work.Convolution{Channels: 32, Size: 28, Filters: 96, Kernel: 5, Step: 1, Pad: 2},
	work.Convolution{Channels: 256, Size: 14, Filters: 256, Kernel: 3, Step: 1, Pad: 1},
	work.Convolution{Channels: 512, Size: 14, Filters: 128, Kernel: 1, Step: 1, Pad: 0},
	work.Convolution{Channels: 512, Size: 7, Filters: 512, Kernel: 3, Step: 1, Pad: 1},
)

// GroupConvolutions are depthwise ones of MobileNet, and those in groups of ResNeXt and ShuffleNet; each on one image and on 32.
var GroupConvolutions = batched(1, 32,
	work.Convolution{Channels: 32, Size: 112, Filters: 32, Kernel: 3, Step: 1, Pad: 1, Groups: 32},
	work.Convolution{Channels: 64, Size: 112, Filters: 64, Kernel: 3, Step: 2, Pad: 1, Groups: 64},
	work.Convolution{Channels: 128, Size: 56, Filters: 128, Kernel: 3, Step: 1, Pad: 1, Groups: 128},
	work.Convolution{Channels: 128, Size: 56, Filters: 128, Kernel: 3, Step: 2, Pad: 1, Groups: 128},
	work.Convolution{Channels: 512, Size: 14, Filters: 512, Kernel: 3, Step: 1, Pad: 1, Groups: 512},
	work.Convolution{Channels: 512, Size: 14, Filters: 512, Kernel: 3, Step: 2, Pad: 1, Groups: 512},
	work.Convolution{Channels: 96, Size: 56, Filters: 96, Kernel: 7, Step: 1, Pad: 3, Groups: 96},
	work.Convolution{Channels: 128, Size: 56, Filters: 128, Kernel: 3, Step: 1, Pad: 1, Groups: 32},
	work.Convolution{Channels: 512, Size: 14, Filters: 512, Kernel: 3, Step: 1, Pad: 1, Groups: 32},
	work.Convolution{Channels: 240, Size: 28, Filters: 240, Kernel: 1, Step: 1, Pad: 0, Groups: 3},
)

func batched(one, many int, shapes ...work.Convolution) (all []work.Convolution) {
	for _, batch := range []int{one, many} {
		for _, s := range shapes {
			s.Batch = batch
			all = append(all, s)
		}
	}
	return all
}

// Convolved is one pass of a convolution, in float32, as a program of one instruction. Images lie as programs have them, with channels
// last.
type Convolved struct {
	exec   backend.Exec
	inputs []backend.Buffer
	to     ir.Shape
	toLast []int32 // from where in the order of PyTorch the numbers of the result come
}

// NewConvolved fills the arguments with the numbers that all peers have, and compiles.
func NewConvolved(e backend.Engine, s work.Convolution, pass string) (*Convolved, error) {
	out := s.Out()
	shapes := map[string]ir.Shape{
		"x": {s.Batch, s.Size, s.Size, s.Channels}, "w": {s.Kernel, s.Kernel, s.Channels / max(1, s.Groups), s.Filters}, "g": {s.Batch, out, out, s.Filters},
	}
	window := ir.Window{
		Size: [2]int{s.Kernel, s.Kernel}, Step: [2]int{s.Step, s.Step}, Dilation: [2]int{1, 1}, Before: [2]int{s.Pad, s.Pad}, Spread: [2]int{1, 1},
	}
	passes := map[string]struct {
		op     ir.Instr
		args   []string
		result string
	}{
		"forward": {ir.Instr{Op: ir.Conv, Window: window}, []string{"x", "w"}, "g"},
		"data":    {ir.Instr{Op: ir.Conv, TransB: true, Window: window.Adjoint()}, []string{"g", "w"}, "x"},
		"weights": {ir.Instr{Op: ir.ConvWeights, Window: window}, []string{"x", "g"}, "w"},
	}
	p, ok := passes[pass]
	if !ok {
		return nil, fmt.Errorf("pass %q: choose one of %v", pass, work.Passes)
	}
	if s.Groups > 1 {
		p.op.Op, p.op.Groups = map[ir.Op]ir.Op{ir.Conv: ir.GroupConv, ir.ConvWeights: ir.GroupConvWeights}[p.op.Op], s.Groups
	}
	b := ir.NewBuilder("convolution", ir.Float32)
	for _, name := range p.args {
		p.op.Args = append(p.op.Args, b.Input(name, shapes[name]...))
	}
	c := &Convolved{to: shapes[p.result], toLast: channelsLast(p.result, shapes[p.result])}
	p.op.Shape = c.to
	prog, err := b.Done([]ir.ID{b.Emit(p.op)})
	if err != nil {
		return nil, err
	}
	bind := map[string]backend.Buffer{}
	for _, name := range p.args {
		if bind[name], err = e.Alloc(ir.Float32, shapes[name].Size()); err != nil {
			return nil, err
		}
		c.inputs = append(c.inputs, bind[name])
		if err := bind[name].Write(ordered(work.Operand(name, shapes[name].Size()), channelsLast(name, shapes[name]))); err != nil {
			return nil, err
		}
	}
	c.exec, err = e.Compile(backend.Prepare(e, prog), bind)
	return c, err
}

// channelsLast tells for each number of a value where PyTorch has it: images by sample, channel, row and column, weights by new
// channel, channel, row and column.
func channelsLast(name string, s ir.Shape) []int32 {
	at := func(n, h, w, c int) int32 { return int32(((n*s[3]+c)*s[1]+h)*s[2] + w) }
	if name == "w" {
		at = func(h, w, c, f int) int32 { return int32(((f*s[2]+c)*s[0]+h)*s[1] + w) }
	}
	order := make([]int32, 0, s.Size())
	for a := range s[0] {
		for b := range s[1] {
			for c := range s[2] {
				for d := range s[3] {
					order = append(order, at(a, b, c, d))
				}
			}
		}
	}
	return order
}

func ordered(v []float32, from []int32) []float32 {
	out := make([]float32, len(v))
	for i, at := range from {
		out[i] = v[at]
	}
	return out
}

// Run makes n passes.
func (c *Convolved) Run(n int) (time.Duration, error) {
	began := time.Now()
	for range n {
		if err := c.exec.Run(); err != nil {
			return 0, err
		}
	}
	return time.Since(began), nil
}

// Sum is the sum of the result's numbers, each with the weight of its place, and the sum of their magnitudes.
func (c *Convolved) Sum() (sum, size float64, err error) {
	result := make([]float32, c.to.Size())
	if err := c.exec.Output(0).Read(result); err != nil {
		return 0, 0, err
	}
	weights := work.Operand("weights", len(result))
	for i, at := range c.toLast {
		v := float64(result[i]) * float64(weights[at])
		sum, size = sum+v, size+math.Abs(v)
	}
	return sum, size, nil
}

// Close frees the program and its arguments.
func (c *Convolved) Close() {
	c.exec.Close()
	for _, b := range c.inputs {
		b.Free()
	}
}
