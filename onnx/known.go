package onnx

import (
	"math"
	"slices"
)

// What is the same in every run is computed while the graph is built: shapes, axes, indices, and whatever is made of them.

// sources are ops that make something known of little.
var sources = map[string]func(c *call) *Tensor{
	"Constant": constant, "ConstantOfShape": constantOfShape, "Range": numberRange,
	"Shape": func(c *call) *Tensor {
		s := c.in[0].shape
		from, to := c.int("start", 0), c.int("end", len(s))
		if from < 0 {
			from += len(s)
		}
		if to < 0 {
			to += len(s)
		}
		from, to = min(max(from, 0), len(s)), min(max(to, 0), len(s))
		return wholes(Int64, []int{max(to-from, 0)}, s[from:max(from, to)])
	},
	"Size": func(c *call) *Tensor { return wholes(Int64, []int{}, []int{size(c.in[0].shape)}) },
}

// folds are ops on what is known already. They give nil where the op has to be a node.
var folds = map[string]func(c *call) *Tensor{
	"Add":            arithmetic(func(x, y int64) (int64, bool) { return x + y, true }),
	"Sub":            arithmetic(func(x, y int64) (int64, bool) { return x - y, true }),
	"Mul":            arithmetic(func(x, y int64) (int64, bool) { return x * y, true }),
	"Div":            arithmetic(func(x, y int64) (int64, bool) { return x / max(y, 1), y > 0 && x >= 0 }), // versions differ on how others are rounded
	"Max":            arithmetic(func(x, y int64) (int64, bool) { return max(x, y), true }),
	"Min":            arithmetic(func(x, y int64) (int64, bool) { return min(x, y), true }),
	"Equal":          comparison(func(x, y int64) bool { return x == y }),
	"Mod":            arithmetic(func(x, y int64) (int64, bool) { return x % max(y, 1), y > 0 && x >= 0 }),
	"Less":           comparison(func(x, y int64) bool { return x < y }),
	"LessOrEqual":    comparison(func(x, y int64) bool { return x <= y }),
	"Greater":        comparison(func(x, y int64) bool { return x > y }),
	"GreaterOrEqual": comparison(func(x, y int64) bool { return x >= y }),
	"Concat":         foldConcat, "Gather": foldGather, "Slice": foldSlice, "Expand": foldExpand, "Transpose": foldTranspose,
	"Where": foldWhere, "Cast": func(c *call) *Tensor { return foldCast(c, DType(c.int("to", 0))) },
	"CastLike": func(c *call) *Tensor {
		if c.in[1].known == nil {
			return nil
		}
		return foldCast(c, c.in[1].known.DType)
	},
}

// known are the node's outputs where they are known before any run; nil elsewhere.
func (c *call) known() []*value {
	make, ok := sources[c.proto.op]
	if !ok {
		make, ok = folds[c.proto.op]
		ok = ok && len(c.in) > 0 && !slices.ContainsFunc(c.in, func(v *value) bool { return v != nil && (v.known == nil || c.learns(v)) })
	}
	if !ok || c.short() {
		return nil
	}
	t := make(c)
	if t == nil && c.err == nil {
		return nil
	}
	if c.err != nil {
		return []*value{}
	}
	return []*value{{shape: t.Shape, known: t}}
}

// short tells that the node lacks an input that its op must have: the check of call has not seen ops that are no nodes.
func (c *call) short() bool {
	least := map[string]int{"Constant": 0, "Range": 3, "Where": 3, "Slice": 1, "Cast": 1, "Shape": 1, "Size": 1, "ConstantOfShape": 1, "Transpose": 1, "Concat": 1, "Max": 1, "Min": 1}
	n, ok := least[c.proto.op]
	if !ok {
		n = 2
	}
	if len(c.in) < n || slices.Contains(c.in[:n], nil) {
		c.refuse("it has %d inputs", len(c.in))
		return true
	}
	return false
}

func wholes(dt DType, shape []int, v []int) *Tensor {
	data := make([]int64, len(v))
	for i, x := range v {
		data[i] = int64(x)
	}
	return &Tensor{DType: dt, Shape: shape, Data: data}
}

// noTensor stands for one after an error.
var noTensor = &Tensor{DType: Int64, Shape: []int{0}, Data: []int64{}}

func (c *call) refuseTensor(format string, args ...any) *Tensor {
	c.refuse(format, args...)
	return noTensor
}

func constant(c *call) *Tensor {
	if a := c.attribute("value", attributeTensor); a != nil && a.t != nil {
		t, err := a.t.tensor(nil)
		if err != nil {
			return c.refuseTensor("%w", err)
		}
		return t
	}
	for _, name := range []string{"value_float", "value_floats", "value_int", "value_ints"} {
		a := c.attribute(name, attributeFloat, attributeFloats, attributeInt, attributeInts)
		if a == nil {
			continue
		}
		switch a.kind {
		case attributeFloat:
			return &Tensor{DType: Float32, Shape: []int{}, Data: []float32{a.f}}
		case attributeFloats:
			return &Tensor{DType: Float32, Shape: []int{len(a.floats)}, Data: a.floats}
		case attributeInt:
			return &Tensor{DType: Int64, Shape: []int{}, Data: []int64{a.i}}
		default:
			return &Tensor{DType: Int64, Shape: []int{len(a.ints)}, Data: a.ints}
		}
	}
	return c.refuseTensor("its value is of a type that is not read")
}

func constantOfShape(c *call) *Tensor {
	shape := c.knownInts(c.in[0], "shape")
	one := &Tensor{DType: Float32, Shape: []int{1}, Data: []float32{0}}
	if a := c.attribute("value", attributeTensor); a != nil && a.t != nil {
		t, err := a.t.tensor(nil)
		if err != nil || size(t.Shape) != 1 {
			return c.refuseTensor("its value is not one number of a type that is read")
		}
		one = t
	}
	if !c.room(shape) {
		return noTensor
	}
	return pick(one, shape, func([]int) int { return 0 })
}

func numberRange(c *call) *Tensor {
	first, limit, step := c.knownReals(c.in[0], "start"), c.knownReals(c.in[1], "limit"), c.knownReals(c.in[2], "delta")
	if len(first) != 1 || len(limit) != 1 || len(step) != 1 || step[0] == 0 {
		return c.refuseTensor("its bounds are three numbers")
	}
	n := math.Max(math.Ceil((limit[0]-first[0])/step[0]), 0)
	if !(n < mostElements) || !c.room([]int{int(n)}) {
		return c.refuseTensor("%g numbers", n)
	}
	var v []float64
	for i := range int(n) {
		v = append(v, first[0]+float64(i)*step[0])
	}
	return typed(c.in[0].known.DType, []int{len(v)}, v)
}

// typed is a tensor of numbers in a type that is read.
func typed(dt DType, shape []int, v []float64) *Tensor {
	t := &Tensor{DType: dt, Shape: shape}
	switch dt {
	case Float32:
		t.Data = converted[float32](v)
	case Float64:
		t.Data = v
	default:
		t.Data = converted[int64](v)
	}
	return t
}

// arithmetic is a function of whole numbers. ok is false where it must not be computed here.
func arithmetic(f func(x, y int64) (z int64, ok bool)) func(c *call) *Tensor {
	return func(c *call) *Tensor {
		if len(c.in) != 2 {
			return nil
		}
		a, b := c.in[0].known, c.in[1].known
		x, whole := a.Data.([]int64)
		y, too := b.Data.([]int64)
		shape, ok := broadcast(a.Shape, b.Shape)
		if !whole || !too || !ok || a.DType == Bool || a.DType != b.DType || !c.room(shape) {
			return nil
		}
		out := &Tensor{DType: a.DType, Shape: shape}
		data := make([]int64, size(shape))
		good := true
		each(shape, func(i int, at []int) {
			z, ok := f(x[under(a.Shape, at)], y[under(b.Shape, at)])
			data[i], good = z, good && ok
			if a.DType == Int32 {
				data[i], good = int64(int32(z)), good && z == int64(int32(z))
			}
		})
		if !good {
			return nil
		}
		out.Data = data
		return out
	}
}

func comparison(f func(x, y int64) bool) func(c *call) *Tensor {
	g := arithmetic(func(x, y int64) (int64, bool) {
		if f(x, y) {
			return 1, true
		}
		return 0, true
	})
	return func(c *call) *Tensor {
		t := g(c)
		if t != nil {
			t.DType = Bool
		}
		return t
	}
}

// each visits the places of a shape, in order.
func each(shape []int, f func(i int, at []int)) {
	at := make([]int, len(shape))
	for i := range size(shape) {
		f(i, at)
		for d := len(at) - 1; d >= 0; d-- {
			if at[d]++; at[d] < shape[d] {
				break
			}
			at[d] = 0
		}
	}
}

// under is the element of a tensor that a place of a broadcast reads.
func under(shape, at []int) (flat int) {
	at = at[len(at)-len(shape):]
	for i, d := range shape {
		flat *= d
		if d > 1 {
			flat += at[i]
		}
	}
	return flat
}

// pick is a tensor of elements of another one.
func pick(t *Tensor, shape []int, from func(at []int) int) *Tensor {
	out := &Tensor{DType: t.DType, Shape: slices.Clone(shape)}
	switch d := t.Data.(type) {
	case []float32:
		out.Data = picked(d, shape, from)
	case []float64:
		out.Data = picked(d, shape, from)
	case []int64:
		out.Data = picked(d, shape, from)
	}
	return out
}

func picked[T any](d []T, shape []int, from func(at []int) int) []T {
	out := make([]T, size(shape))
	each(shape, func(i int, at []int) { out[i] = d[from(at)] })
	return out
}

func foldConcat(c *call) *Tensor {
	first := c.in[0].known
	axis := c.axis(c.int("axis", 1), len(first.Shape))
	if len(first.Shape) != 1 || axis != 0 {
		return nil
	}
	var all []float64
	for _, v := range c.in {
		if v == nil || len(v.shape) != 1 || v.known.DType != first.DType {
			return nil
		}
		all = append(all, reals(v.known)...)
	}
	return typed(first.DType, []int{len(all)}, all)
}

func foldGather(c *call) *Tensor {
	t, at := c.in[0].known, c.in[1]
	axis := c.axis(c.int("axis", 0), len(t.Shape))
	indices := c.knownInts(at, "indices")
	if len(t.Shape) == 0 || t.DType.float() {
		return nil
	}
	for i := range indices {
		indices[i] = c.axis(indices[i], t.Shape[axis])
	}
	if c.err != nil {
		return noTensor
	}
	shape := slices.Concat(t.Shape[:axis], at.shape, t.Shape[axis+1:])
	if !c.room(shape) {
		return noTensor
	}
	return pick(t, shape, func(place []int) int {
		inner := place[axis+len(at.shape):]
		full := slices.Concat(place[:axis], []int{indices[under(at.shape, place[axis:axis+len(at.shape)])]}, inner)
		return under(t.Shape, full)
	})
}

func foldSlice(c *call) *Tensor {
	t := c.in[0].known
	starts, ends, axes := c.list("starts", 1), c.list("ends", 2), c.list("axes", 3)
	if len(t.Shape) != 1 || len(starts) != 1 || len(ends) != 1 || len(axes) > 1 {
		return nil
	}
	if v := c.input(4); v != nil && !slices.Equal(c.knownInts(v, "steps"), []int{1}) {
		return nil
	}
	from, n := span(starts[0], ends[0], 1, t.Shape[0])
	return pick(t, []int{n}, func(at []int) int { return from + at[0] })
}

func foldExpand(c *call) *Tensor {
	t := c.in[0].known
	shape, ok := broadcast(t.Shape, c.knownInts(c.in[1], "shape"))
	if !ok || t.DType.float() || !c.room(shape) {
		return nil
	}
	return pick(t, shape, func(at []int) int { return under(t.Shape, at) })
}

func foldTranspose(c *call) *Tensor {
	t, order := c.in[0].known, c.ints("perm")
	if order == nil {
		for i := range t.Shape {
			order = append([]int{i}, order...)
		}
	}
	if len(order) != len(t.Shape) || t.DType.float() {
		return nil
	}
	shape := make([]int, len(order))
	for i, a := range order {
		if a < 0 || a >= len(order) || slices.Contains(order[:i], a) {
			return c.refuseTensor("an order %v of %v", order, t.Shape)
		}
		shape[i] = t.Shape[a]
	}
	return pick(t, shape, func(at []int) int {
		from := make([]int, len(at))
		for i, a := range order {
			from[a] = at[i]
		}
		return under(t.Shape, from)
	})
}

func foldWhere(c *call) *Tensor {
	cond, x, y := c.in[0].known, c.in[1].known, c.in[2].known
	shape, ok := broadcast(x.Shape, y.Shape)
	if ok {
		shape, ok = broadcast(shape, cond.Shape)
	}
	if !ok || cond.DType != Bool || x.DType != y.DType || !c.room(shape) {
		return nil
	}
	truth, vx, vy := reals(cond), reals(x), reals(y)
	out := make([]float64, size(shape))
	each(shape, func(i int, at []int) {
		if out[i] = vy[under(y.Shape, at)]; truth[under(cond.Shape, at)] != 0 {
			out[i] = vx[under(x.Shape, at)]
		}
	})
	return typed(x.DType, shape, out)
}

// foldCast is between types that are read, of numbers that both hold.
func foldCast(c *call, to DType) *Tensor {
	t := c.in[0].known
	c.int("saturate", 1)
	c.text("round_mode", "")
	if elementBytes[to] == 0 {
		return c.refuseTensor("to %s", to)
	}
	v := slices.Clone(reals(t))
	for i, x := range v {
		switch {
		case to == Bool:
			v[i] = 0
			if x != 0 {
				v[i] = 1
			}
		case !to.float():
			if v[i] = math.Trunc(x); !(math.Abs(x) < 1<<53) || to == Int32 && v[i] != float64(int32(v[i])) {
				return c.refuseTensor("%g to %s", x, to)
			}
		}
	}
	return typed(to, t.Shape, v)
}
