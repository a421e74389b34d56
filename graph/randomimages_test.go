package graph

import (
	"fmt"

	"github.com/stheno/stheno/ir"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// imageOps are ops on images, ops on what they share with other tensors, and ops with modes, other types and state.
var imageOps = []op{convOp, convOp, groupsOp, groupsOp, maxPoolOp, upsampleOp, concatOp, concatOp, batchedOp, flattenOp, normOp, dropoutOp, stillNormOp, mixOp, mixOp, indexOp, truthOp, otherOp}

func init() { randomOps = append(randomOps, imageOps...) }

func (rg *randomGraph) name(what string) string {
	return fmt.Sprintf("%s%d", what, len(rg.g.AllNodes()))
}

func convOp(rg *randomGraph) (*gorgonia.Node, error) {
	x := rg.pick(4)
	if x == nil {
		return nil, nil
	}
	r, s := rg.r, x.Shape()
	h, w := 1+r.IntN(min(3, s[2])), 1+r.IntN(min(3, s[3]))
	dilation := []int{1, 1}
	if 2*h-1 <= s[2] && 2*w-1 <= s[3] && r.IntN(3) == 0 {
		dilation = []int{2, 2}
	}
	filter := rg.leaf(rg.name("filter"), 1+r.IntN(3), s[1], h, w)
	y, err := gorgonia.Conv2d(x, filter, tensor.Shape{h, w}, []int{r.IntN(2), r.IntN(2)}, []int{1 + r.IntN(2), 1 + r.IntN(2)}, dilation)
	if err != nil {
		return nil, err
	}
	return gorgonia.Tanh(y)
}

// groupsOp convolves in groups, with padding that differs on all sides, or back.
func groupsOp(rg *randomGraph) (*gorgonia.Node, error) {
	x := rg.pick(4)
	if x == nil {
		return nil, nil
	}
	r, s := rg.r, x.Shape()
	w := Windows{Groups: 1 + r.IntN(s[1])}
	if s[1]%w.Groups != 0 {
		w.Groups = s[1]
	}
	size, plane := [2]int{}, [2]int{}
	for a := range 2 {
		w.Stride[a], w.Dilation[a], w.Before[a], w.After[a] = 1+r.IntN(2), 1+r.IntN(2), r.IntN(3), r.IntN(2)
		size[a] = 1 + r.IntN(max(1, (s[2+a]+w.Before[a]+w.After[a]-1)/w.Dilation[a]+1)%4)
		plane[a] = (s[2+a]-1)*w.Stride[a] + (size[a]-1)*w.Dilation[a] + 1 - w.Before[a]
	}
	var y *gorgonia.Node
	var err error
	if r.IntN(3) == 0 && plane[0] > 0 && plane[1] > 0 && plane[0]*plane[1] < 200 {
		filter := rg.leaf(rg.name("filter"), s[1], 1+r.IntN(2), size[0], size[1])
		y, err = GroupConvTranspose2d(x, filter, w, plane[0], plane[1])
	} else {
		filter := rg.leaf(rg.name("filter"), w.Groups*(1+r.IntN(3)), s[1]/w.Groups, size[0], size[1])
		y, err = GroupConv2d(x, filter, w)
	}
	if err != nil {
		return nil, err
	}
	return gorgonia.Tanh(y)
}

func maxPoolOp(rg *randomGraph) (*gorgonia.Node, error) {
	x := rg.pick(4)
	if x == nil {
		return nil, nil
	}
	r, s := rg.r, x.Shape()
	h, w := 1+r.IntN(min(3, s[2])), 1+r.IntN(min(3, s[3]))
	return gorgonia.MaxPool2D(x, tensor.Shape{h, w}, []int{r.IntN(h), r.IntN(w)}, []int{1 + r.IntN(2), 1 + r.IntN(2)})
}

func upsampleOp(rg *randomGraph) (*gorgonia.Node, error) {
	x := rg.pick(4)
	if x == nil || x.Shape()[2]*x.Shape()[3] > 50 {
		return nil, nil
	}
	return gorgonia.Upsample2D(x, 2)
}

// concatOp puts a value beside another that differs along one axis at most, of images along their channels.
func concatOp(rg *randomGraph) (*gorgonia.Node, error) {
	dims, axis := 2, rg.r.IntN(2)
	if rg.r.IntN(2) == 0 {
		dims, axis = 4, 1
	}
	x := rg.pick(dims)
	if x == nil {
		return nil, nil
	}
	fits := func(y *gorgonia.Node) bool {
		return y.Dims() == dims && ir.Shape(y.Shape()).Without([]int{axis}).Eq(ir.Shape(x.Shape()).Without([]int{axis}))
	}
	y := rg.pick(dims)
	if y == nil || !fits(y) {
		y = rg.like(x)
	}
	return gorgonia.Concat(axis, x, y)
}

// batchedOp multiplies each of an image's channels by its transpose.
func batchedOp(rg *randomGraph) (*gorgonia.Node, error) {
	x := rg.pick(4)
	if x == nil {
		return nil, nil
	}
	a := rg.r.IntN(2) == 0
	y, err := gorgonia.BatchedMatMul(x, rg.like(x), a, !a)
	if err != nil {
		return nil, err
	}
	return gorgonia.Tanh(y)
}

func flattenOp(rg *randomGraph) (*gorgonia.Node, error) {
	x := rg.pick(4)
	if x == nil {
		return nil, nil
	}
	return gorgonia.Reshape(x, tensor.Shape{x.Shape()[0], x.Shape()[1:].TotalSize()})
}

// normed is a batch normalisation with statistics drawn at random.
func (rg *randomGraph) normed(x, scale, bias *gorgonia.Node) (*gorgonia.Node, error) {
	y, _, _, op, err := gorgonia.BatchNorm(x, scale, bias, 0.9, 1e-5)
	if err != nil {
		return nil, err
	}
	stat := func(draw func() float64) *tensor.Dense {
		n := x.Shape()[1]
		return tensor.New(tensor.WithShape(n), tensor.WithBacking(rg.numbers(n, draw)))
	}
	return y, op.SetStats(stat(rg.r.NormFloat64), stat(func() float64 { return 0.5 + rg.r.Float64() }))
}

func normOp(rg *randomGraph) (*gorgonia.Node, error) {
	x := rg.pick(2)
	if x == nil {
		return nil, nil
	}
	return rg.normed(x, rg.leaf(rg.name("scale"), 1, x.Shape()[1]), rg.leaf(rg.name("bias"), 1, x.Shape()[1]))
}

// Of what is still: Gorgonia has the derivatives of dropout, and of batch normalisation of images, wrong in evaluation mode.

func dropoutOp(rg *randomGraph) (*gorgonia.Node, error) {
	x := rg.pickFrom(rg.still, 2+2*rg.r.IntN(2))
	if x == nil {
		return nil, nil
	}
	y, err := gorgonia.Dropout(x, rg.r.Float64())
	rg.still = append(rg.still, y)
	return nil, err
}

func stillNormOp(rg *randomGraph) (*gorgonia.Node, error) {
	x := rg.pickFrom(rg.still, 4)
	if x == nil {
		return nil, nil
	}
	c := x.Shape()[1]
	y, err := rg.normed(x, rg.input(rg.name("scale"), 1, c, 1, 1), rg.input(rg.name("bias"), 1, c, 1, 1))
	if err == nil {
		rg.still = append(rg.still, y)
	}
	return nil, err
}

// mixOp brings what is still into the rest.
func mixOp(rg *randomGraph) (*gorgonia.Node, error) {
	if len(rg.still) == 0 {
		return nil, nil
	}
	x := rg.still[rg.r.IntN(len(rg.still))]
	y := rg.like(x)
	if y == x { // nothing of its shape
		y = rg.leaf(rg.name("gain"), x.Shape()...)
	}
	t, err := gorgonia.Tanh(x)
	if err != nil {
		return nil, err
	}
	rg.still = append(rg.still, t)
	return gorgonia.HadamardProd(y, t)
}

// indexOp picks rows by an index, often one that is computed.
func indexOp(rg *randomGraph) (*gorgonia.Node, error) {
	x := rg.pick(2)
	if x == nil || x.Shape().TotalSize() == 1 { // of which Gorgonia makes one number, whatever the indices
		return nil, nil
	}
	rows, n := x.Shape()[0], 1+rg.r.IntN(6)
	draw := func(name string, below int) *gorgonia.Node {
		at := make([]int, n)
		for i := range at {
			at[i] = rg.r.IntN(below)
		}
		v := tensor.New(tensor.WithShape(n), tensor.WithBacking(at))
		return gorgonia.NewVector(rg.g, tensor.Int, gorgonia.WithShape(n), gorgonia.WithName(rg.name(name)), gorgonia.WithValue(v))
	}
	index := draw("rows", (rows+1)/2)
	if rg.r.IntN(2) == 0 {
		sum, err := gorgonia.Add(index, draw("more", (rows+1)/2))
		if err != nil {
			return nil, err
		}
		rg.extras = append(rg.extras, sum)
		if rows%2 == 0 || rows == 1 && n > 0 {
			index = sum
		}
	}
	return gorgonia.ByIndices(x, index, 0)
}

// truthOp compares two values; its truths are a result of their own.
func truthOp(rg *randomGraph) (*gorgonia.Node, error) {
	x := rg.pool[rg.r.IntN(len(rg.pool))]
	compare := []func(a, b *gorgonia.Node, retSame bool) (*gorgonia.Node, error){gorgonia.Gt, gorgonia.Lt, gorgonia.Gte, gorgonia.Lte, gorgonia.Eq, gorgonia.Ne}
	t, err := compare[rg.r.IntN(len(compare))](x, rg.like(x), false)
	if err == nil {
		rg.extras = append(rg.extras, t)
	}
	return nil, err
}

// otherOp computes something in the other float type beside the rest.
func otherOp(rg *randomGraph) (*gorgonia.Node, error) {
	dt := rg.dt
	if rg.dt == tensor.Float32 {
		rg.dt = tensor.Float64
	} else {
		rg.dt = tensor.Float32
	}
	x := rg.input(rg.name("other"), 2, 1+rg.r.IntN(4))
	rg.dt = dt
	y, err := gorgonia.Tanh(x)
	if err == nil {
		y, err = gorgonia.HadamardProd(x, y)
	}
	if err == nil {
		rg.extras = append(rg.extras, y)
	}
	return nil, err
}
