package ir

import (
	"fmt"
	"strconv"
)

// concatRow: Axes[0] is the axis along which the arguments follow one another.
var concatRow = row{
	name: "concat", doc: "values one after the other along an axis", arity: -1,
	shape: concatShape, eval: concatEval, local: sameRows, print: printConcat,
}

func concatShape(c *call) (Shape, error) {
	if len(c.Args) == 0 || len(c.Axes) != 1 || c.Axes[0] < 0 || c.Axes[0] >= len(c.shapes[0]) {
		return nil, fmt.Errorf("concat of %v along axes %v: it takes at least one argument, and one axis that all have", c.shapes, c.Axes)
	}
	axis := c.Axes[0]
	out := append(Shape{}, c.shapes[0]...)
	for _, s := range c.shapes[1:] {
		if len(s) != len(out) || !s.Without(c.Axes).Eq(out.Without(c.Axes)) {
			return nil, fmt.Errorf("concat along axis %d: %v and %v differ in another axis", axis, c.shapes[0], s)
		}
		out[axis] += s[axis]
	}
	return out, nil
}

func concatEval(c *call, out []float64) {
	axis := c.Axes[0]
	for i := range c.Shape[:axis].Size() {
		for a, s := range c.shapes {
			n := s[axis:].Size()
			copy(out, c.args[a][i*n:(i+1)*n])
			out = out[n:]
		}
	}
}

func printConcat(in *Instr, args []string, _ map[int]string) []string {
	return append(append([]string{"concat"}, args...), "axis "+strconv.Itoa(in.Axes[0]))
}
