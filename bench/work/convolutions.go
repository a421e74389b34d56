package work

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Convolution is a shape of a convolution: square images and windows. Groups may be 0, for one.
type Convolution struct{ Batch, Channels, Size, Filters, Kernel, Step, Pad, Groups int }

// Passes are what is computed of one: the result, the gradient by the images, and that by the weights.
var Passes = []string{"forward", "data", "weights"}

// Out is the size of the resulting images.
func (c Convolution) Out() int { return (c.Size+2*c.Pad-c.Kernel)/c.Step + 1 }

// Flops are those of each pass; the padding counts.
func (c Convolution) Flops() float64 {
	return 2 * float64(c.Batch*c.Channels/max(1, c.Groups)*c.Filters) * float64(c.Out()*c.Out()*c.Kernel*c.Kernel)
}

// String is the shape in words: 32 x 3 x 224 x 224, 64 of 7 x 7, step 2; behind these the groups, if there are more than one.
func (c Convolution) String() string {
	s := fmt.Sprintf("%d x %d x %d x %d, %d of %d x %d", c.Batch, c.Channels, c.Size, c.Size, c.Filters, c.Kernel, c.Kernel)
	if c.Step > 1 {
		s += fmt.Sprintf(", step %d", c.Step)
	}
	if c.Groups > 1 {
		s += fmt.Sprintf(", %d groups", c.Groups)
	}
	return s
}

// Unit is a pass as a peer is asked for it: the pass, batch, channels, size, filters, kernel, step, padding and, where there are several,
// groups, such as forward,32,3,224,64,7,2,3.
func (c Convolution) Unit(pass string) string {
	parts := []string{pass}
	for _, n := range []int{c.Batch, c.Channels, c.Size, c.Filters, c.Kernel, c.Step, c.Pad, c.Groups} {
		parts = append(parts, strconv.Itoa(n))
	}
	if c.Groups <= 1 {
		parts = parts[:len(parts)-1]
	}
	return strings.Join(parts, ",")
}

// ParseUnit reads Unit.
func ParseUnit(unit string) (c Convolution, pass string, err error) {
	parts := strings.Split(unit, ",")
	fields := []*int{&c.Batch, &c.Channels, &c.Size, &c.Filters, &c.Kernel, &c.Step, &c.Pad, &c.Groups}
	wrong := fmt.Errorf("unit %q: want PASS,BATCH,CHANNELS,SIZE,FILTERS,KERNEL,STEP,PAD, such as forward,32,3,224,64,7,2,3, and perhaps GROUPS", unit)
	if len(parts) == len(fields) {
		parts = append(parts, "1")
	}
	if len(parts) != len(fields)+1 || !slices.Contains(Passes, parts[0]) {
		return c, "", wrong
	}
	for i, f := range fields {
		if *f, err = strconv.Atoi(parts[i+1]); err != nil || *f < 0 || *f == 0 && f != &c.Pad {
			return c, "", wrong
		}
	}
	if c.Out() < 1 {
		return c, "", fmt.Errorf("unit %q: the window is larger than the image", unit)
	}
	if c.Channels%c.Groups != 0 || c.Filters%c.Groups != 0 {
		return c, "", fmt.Errorf("unit %q: channels and filters in %d groups", unit, c.Groups)
	}
	return c, parts[0], nil
}

// operands are where the numbers of arguments start, and those of the weights that a result is summed up with.
var operands = map[string]uint64{"x": 0, "w": 1e9, "g": 2e9, "weights": 3e9}

// Operand is an argument of a convolution: hashes of consecutive numbers (Knuth's multiplicative one, 32 bits), from -1 to 1.
func Operand(name string, n int) []float32 {
	out, start := make([]float32, n), operands[name]
	for i := range out {
		out[i] = float32(uint32((start+uint64(i))*2654435761)>>8)*0x1p-23 - 1
	}
	return out
}
