package onnx

import "slices"

// shapeOps move elements, or give them another shape.
var shapeOps = map[string]op{
	"Reshape":   one(reshape),
	"Flatten":   one(flatten),
	"Squeeze":   one(squeeze),
	"Unsqueeze": one(unsqueeze),
	"Transpose": one(transpose),
	"Concat": one(func(c *call) *value {
		axis := c.axis(c.int("axis", 1), len(c.in[0].shape))
		if len(c.in[0].shape) == 0 {
			return c.refuse("values without dimensions")
		}
		return c.concat(axis, c.in...)
	}),
	"Expand": one(func(c *call) *value {
		shape, ok := broadcast(c.in[0].shape, c.knownInts(c.in[1], "shape"))
		if !ok || slices.Contains(shape, 0) || size(shape) > mostElements {
			return c.refuse("%v cannot be repeated to %v", c.in[0].shape, shape)
		}
		return c.expand(c.in[0], shape)
	}),
	"Tile":         one(tile),
	"Slice":        one(slice),
	"Split":        split,
	"Gather":       one(gather),
	"Pad":          one(pad),
	"DepthToSpace": one(depthToSpace),
	"SpaceToDepth": one(spaceToDepth),
	"Cast": one(func(c *call) *value {
		c.int("saturate", 1)
		c.text("round_mode", "")
		return c.cast(DType(c.int("to", 0)))
	}),
	"CastLike": one(func(c *call) *value {
		c.int("saturate", 1)
		c.text("round_mode", "")
		to := c.in[1]
		switch {
		case to.known != nil:
			return c.cast(to.known.DType)
		case to.truth:
			return c.cast(Bool)
		}
		return c.cast(c.float)
	}),
}

// cast is to the type that the graph computes in, or to truths.
func (c *call) cast(to DType) *value {
	x := c.in[0]
	switch {
	case to == c.float && x.known != nil && x.known.DType != c.float:
		t := &Tensor{DType: to, Shape: x.shape, Data: reals(x.known)}
		if to == Float32 {
			t.Data = converted[float32](reals(x.known))
		}
		return &value{shape: x.shape, known: t}
	case to == c.float:
		return &value{shape: x.shape, node: c.nodeOf(x)}
	case to == Bool && x.truth, to == Int64 && x.whole:
		return x
	case to == Bool:
		return c.not(c.equal(x, c.number(0)))
	}
	return c.refuse("to %s in a model of %s", to, c.float)
}

// reshape: 0 is the dimension that was there, unless allowzero is set, and -1 what is left.
func reshape(c *call) *value {
	x, want := c.in[0], slices.Clone(c.list("shape", 1))
	left, n := -1, 1
	for i, d := range want {
		if d == 0 && c.int("allowzero", 0) == 0 && i < len(x.shape) {
			want[i] = x.shape[i]
		}
		if d == -1 {
			left = i
			continue
		}
		n *= want[i]
	}
	c.int("allowzero", 0)
	if left >= 0 && n > 0 {
		want[left] = size(x.shape) / n
	}
	if slices.ContainsFunc(want, func(d int) bool { return d < 1 }) {
		return c.refuse("%v cannot become %v", x.shape, want)
	}
	return c.reshape(x, want...)
}

func flatten(c *call) *value {
	x := c.in[0]
	axis := c.int("axis", 1)
	if axis < 0 {
		axis += len(x.shape)
	}
	if axis < 0 || axis > len(x.shape) {
		return c.refuse("axis %d of %v", axis, x.shape)
	}
	return c.reshape(x, size(x.shape[:axis]), size(x.shape[axis:]))
}

func squeeze(c *call) *value {
	x := c.in[0]
	axes := slices.Clone(c.list("axes", 1))
	for i := range axes {
		axes[i] = c.axis(axes[i], len(x.shape))
	}
	shape := []int{}
	for i, d := range x.shape {
		if d == 1 && (len(axes) == 0 || slices.Contains(axes, i)) {
			continue
		}
		if slices.Contains(axes, i) {
			return c.refuse("axis %d of %v is not of size 1", i, x.shape)
		}
		shape = append(shape, d)
	}
	return c.reshape(x, shape...)
}

func unsqueeze(c *call) *value {
	x := c.in[0]
	axes := slices.Clone(c.list("axes", 1))
	for i := range axes {
		axes[i] = c.axis(axes[i], len(x.shape)+len(axes))
	}
	slices.Sort(axes)
	shape := slices.Clone(x.shape)
	for _, a := range axes {
		if a > len(shape) {
			return c.refuse("axes %v of %v", axes, x.shape)
		}
		shape = slices.Insert(shape, a, 1)
	}
	return c.reshape(x, shape...)
}

func transpose(c *call) *value {
	order := c.ints("perm")
	if order == nil {
		for i := range c.in[0].shape {
			order = append([]int{i}, order...)
		}
	}
	return c.transpose(c.in[0], order...)
}

func tile(c *call) *value {
	x := c.in[0]
	times := c.knownInts(c.in[1], "repeats")
	if len(times) != len(x.shape) || slices.ContainsFunc(times, func(n int) bool { return n < 1 || n > mostPicked }) {
		return c.refuse("%v repeated %v times", x.shape, times)
	}
	for axis, n := range times {
		if n > 1 {
			x = c.concat(axis, slices.Repeat([]*value{x}, n)...)
		}
	}
	return x
}

// slice has its bounds as attributes before version 10.
func slice(c *call) *value {
	x := c.in[0]
	starts, ends, axes := c.list("starts", 1), c.list("ends", 2), c.list("axes", 3)
	steps := slices.Repeat([]int{1}, len(starts))
	if v := c.input(4); v != nil {
		steps = c.knownInts(v, "steps")
	}
	if axes == nil {
		for i := range starts {
			axes = append(axes, i)
		}
	}
	if len(ends) != len(starts) || len(axes) != len(starts) || len(steps) != len(starts) {
		return c.refuse("%d starts, %d ends, %d axes and %d steps", len(starts), len(ends), len(axes), len(steps))
	}
	for i := range starts {
		axis := c.axis(axes[i], len(x.shape))
		if c.err != nil {
			return x
		}
		from, n := span(starts[i], ends[i], steps[i], x.shape[axis])
		if steps[i] > 0 {
			x = c.slice(x, axis, from, n, steps[i])
			continue
		}
		at := make([]int, min(n, mostPicked+1))
		for k := range at {
			at[k] = from + k*steps[i]
		}
		x = c.pick(x, axis, at)
	}
	return x
}

// span is the first element of a slice, and how many it has. Bounds count from the end where they are negative, and may be far outside.
func span(from, to, by, length int) (first, n int) {
	bound := func(at, least, most int) int {
		if at < 0 {
			at += length
		}
		return min(max(at, least), most)
	}
	switch {
	case by > 0:
		first, to = bound(from, 0, length), bound(to, 0, length)
		return first, max(ceiling(to-first, by), 0)
	case by < 0:
		first, to = bound(from, -1, length-1), bound(to, -1, length-1)
		return first, max(ceiling(first-to, -by), 0)
	}
	return 0, 0
}

func split(c *call) (parts []*value) {
	x := c.in[0]
	axis := c.axis(c.int("axis", 0), len(x.shape))
	sizes, n := c.list("split", 1), c.int("num_outputs", len(c.proto.outputs))
	if c.err != nil {
		return nil
	}
	if sizes == nil {
		if n < 1 || n > x.shape[axis] {
			c.refuse("%d parts of %v", n, x.shape)
			return nil
		}
		part := (x.shape[axis] + n - 1) / n
		sizes = slices.Repeat([]int{part}, n)
		sizes[n-1] = x.shape[axis] - part*(n-1)
	}
	from := 0
	for _, s := range sizes {
		parts = append(parts, c.slice(x, axis, from, s, 1))
		from += s
	}
	if from != x.shape[axis] {
		c.refuse("parts of %v along axis %d of %v", sizes, axis, x.shape)
	}
	return parts
}

func gather(c *call) *value {
	x, at := c.in[0], c.in[1]
	axis := c.axis(c.int("axis", 0), len(x.shape))
	indices := c.knownInts(at, "indices")
	if c.err != nil {
		return x
	}
	for i := range indices {
		indices[i] = c.axis(indices[i], x.shape[axis])
	}
	return c.reshape(c.pick(x, axis, indices), slices.Concat(x.shape[:axis], at.shape, x.shape[axis+1:])...)
}

func depthToSpace(c *call) *value {
	x, n := c.in[0], c.int("blocksize", 0)
	if len(x.shape) != 4 || n < 1 || x.shape[1]%(n*n) != 0 {
		return c.refuse("blocks of %d of %v", n, x.shape)
	}
	batch, channels, h, w := x.shape[0], x.shape[1]/(n*n), x.shape[2], x.shape[3]
	if c.text("mode", "DCR") == "CRD" {
		x = c.transpose(c.reshape(x, batch, channels, n, n, h, w), 0, 1, 4, 2, 5, 3)
	} else {
		x = c.transpose(c.reshape(x, batch, n, n, channels, h, w), 0, 3, 4, 1, 5, 2)
	}
	return c.reshape(x, batch, channels, h*n, w*n)
}

func spaceToDepth(c *call) *value {
	x, n := c.in[0], c.int("blocksize", 0)
	if len(x.shape) != 4 || n < 1 || x.shape[2]%n != 0 || x.shape[3]%n != 0 {
		return c.refuse("blocks of %d of %v", n, x.shape)
	}
	batch, channels, h, w := x.shape[0], x.shape[1], x.shape[2]/n, x.shape[3]/n
	if c.text("mode", "DCR") == "CRD" {
		x = c.transpose(c.reshape(x, batch, channels, h, n, w, n), 0, 1, 3, 5, 2, 4)
	} else {
		x = c.transpose(c.reshape(x, batch, channels, h, n, w, n), 0, 3, 5, 1, 2, 4)
	}
	return c.reshape(x, batch, channels*n*n, h, w)
}
