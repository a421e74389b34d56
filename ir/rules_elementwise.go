package ir

import "fmt"

// elementwise makes the row of an op on elements of the same position. Arguments have the result's shape or are
// scalars.
func elementwise(name string, arity int, f func(a, b float64) float64) rule {
	return rule{
		name:   name,
		arity:  arity,
		scalar: f,
		shape:  elementwiseShape,
		eval: func(c *call, out []float64) {
			at := func(arg, i int) float64 {
				if len(c.shapes[arg]) == 0 {
					return c.args[arg][0]
				}
				return c.args[arg][i]
			}
			last := len(c.args) - 1
			for i := range out {
				out[i] = f(at(0, i), at(last, i))
			}
		},
		local: func(c *call, arg int) bool { return len(c.shapes[arg]) > 0 },
		flops: func(c *call) int { return c.Shape.Size() },
	}
}

func elementwiseShape(c *call) (Shape, error) {
	out := Shape{}
	for _, s := range c.shapes {
		switch {
		case len(out) == 0:
			out = s
		case len(s) > 0 && !s.Eq(out):
			return nil, fmt.Errorf("%s: shapes %v and %v differ", c.Op, out, s)
		}
	}
	return out, nil
}

// chainShape: a chain carries its own shape; what must hold is that every view stays within its argument.
func chainShape(c *call) (Shape, error) {
	if len(c.Views) != len(c.Args) || len(c.Body) == 0 {
		return nil, fmt.Errorf("chain: %d views for %d arguments, %d steps", len(c.Views), len(c.Args), len(c.Body))
	}
	if c.Back < 0 || c.Back >= len(c.Body) {
		return nil, fmt.Errorf("chain: a value %d steps before the last of %d", c.Back, len(c.Body))
	}
	for i, v := range c.Views {
		if err := v.check(c.Shape, c.shapes[i]); err != nil {
			return nil, fmt.Errorf("chain: argument %d: %w", i, err)
		}
	}
	for i, s := range c.Body {
		if min(s.A, s.B) < 0 || s.A >= len(c.Args)+i || s.B >= len(c.Args)+i || !s.Op.Elementwise() {
			return nil, fmt.Errorf("chain: step %d reads what is not there yet", i)
		}
	}
	return c.Shape, nil
}

func chainEval(c *call, out []float64) {
	n := len(c.Args)
	vals := make([][]float64, n+len(c.Body))
	for a := range c.Args {
		vals[a] = make([]float64, len(out))
		c.Views[a].Each(c.Shape, func(i, src int) { vals[a][i] = c.args[a][src] })
	}
	for j, s := range c.Body {
		vals[n+j] = make([]float64, len(out))
		for i := range out {
			vals[n+j][i] = s.Op.Scalar(vals[s.A][i], vals[s.B][i])
		}
	}
	copy(out, vals[c.Result()])
}

// chainLocal: walking down one row of the result walks down one row of the argument. As no view leaves its source,
// it does not leave the row then either.
func chainLocal(c *call, arg int) bool {
	if len(c.Shape) == 0 || len(c.shapes[arg]) == 0 {
		return false
	}
	rows := c.shapes[arg].Rows()
	return rows == c.Shape.Rows() && c.Views[arg].Strides[0] == c.shapes[arg].Size()/max(rows, 1)
}

// check says whether every element that the view reads lies within the source.
func (v View) check(out, src Shape) error {
	if len(v.Strides) != len(out) {
		return fmt.Errorf("view %v does not have the %d dimensions of %v", v, len(out), out)
	}
	if out.Size() == 0 {
		return nil
	}
	last := v.Offset
	for d, s := range v.Strides {
		if s < 0 {
			return fmt.Errorf("view %v walks backwards", v)
		}
		last += (out[d] - 1) * s
	}
	if v.Offset < 0 || last >= src.Size() {
		return fmt.Errorf("view %v of shape %v leaves a source of shape %v", v, out, src)
	}
	return nil
}

func viewShape(c *call) (Shape, error) {
	if len(c.Views) != 1 {
		return nil, fmt.Errorf("view: %d views for one argument", len(c.Views))
	}
	if err := c.Views[0].check(c.Shape, c.shapes[0]); err != nil {
		return nil, err
	}
	return c.Shape, nil
}

func viewEval(c *call, out []float64) {
	c.Views[0].Each(c.Shape, func(i, src int) { out[i] = c.args[0][src] })
}

func reshapeShape(c *call) (Shape, error) {
	if c.shapes[0].Size() != c.Shape.Size() {
		return nil, fmt.Errorf("reshape: %v has %d elements, %v has %d", c.shapes[0], c.shapes[0].Size(), c.Shape, c.Shape.Size())
	}
	return c.Shape, nil
}

func sameRows(c *call, arg int) bool { return c.shapes[arg].Rows() == c.Shape.Rows() }
