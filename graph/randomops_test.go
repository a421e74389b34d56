package graph

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

type op = func(rg *randomGraph) (*gorgonia.Node, error)

func unaryOf(f func(*gorgonia.Node) (*gorgonia.Node, error)) op {
	return func(rg *randomGraph) (*gorgonia.Node, error) { return f(rg.pool[rg.r.IntN(len(rg.pool))]) }
}

func binaryOf(f func(a, b *gorgonia.Node) (*gorgonia.Node, error)) op {
	return func(rg *randomGraph) (*gorgonia.Node, error) {
		a := rg.pool[rg.r.IntN(len(rg.pool))]
		return f(a, rg.like(a))
	}
}

// bounded is f(tanh(x)): functions that grow fast see small numbers only.
func bounded(f func(*gorgonia.Node) (*gorgonia.Node, error)) op {
	return unaryOf(func(x *gorgonia.Node) (*gorgonia.Node, error) {
		y, err := gorgonia.Tanh(x)
		if err != nil {
			return nil, err
		}
		return f(y)
	})
}

// positive is f(x² + 0.5).
func positive(f func(*gorgonia.Node) (*gorgonia.Node, error)) op {
	return bounded(func(x *gorgonia.Node) (*gorgonia.Node, error) {
		sq, err := gorgonia.Square(x)
		if err != nil {
			return nil, err
		}
		sum, err := gorgonia.Add(sq, constant(x, 0.5))
		if err != nil {
			return nil, err
		}
		return f(sum)
	})
}

func constant(like *gorgonia.Node, v float64) *gorgonia.Node {
	if like.Dtype() == tensor.Float32 {
		return gorgonia.NewConstant(float32(v))
	}
	return gorgonia.NewConstant(v)
}

var randomOps = []op{
	unaryOf(gorgonia.Tanh), unaryOf(gorgonia.Neg), bounded(gorgonia.Sigmoid), bounded(gorgonia.Exp), bounded(gorgonia.Square),
	bounded(gorgonia.Cube), unaryOf(gorgonia.Abs), unaryOf(gorgonia.Rectify), bounded(gorgonia.Softplus), bounded(gorgonia.Sin),
	bounded(gorgonia.Expm1), positive(gorgonia.Log), positive(gorgonia.Sqrt), positive(gorgonia.Inverse),
	binaryOf(gorgonia.Add), binaryOf(gorgonia.Sub), binaryOf(gorgonia.HadamardProd), binaryOf(gorgonia.HadamardProd),
	func(rg *randomGraph) (*gorgonia.Node, error) { // x·c, x − c, c − x
		x, c := rg.pool[rg.r.IntN(len(rg.pool))], constant(rg.pool[0], rg.r.Float64()*2-1)
		return [](func(a, b *gorgonia.Node) (*gorgonia.Node, error)){gorgonia.HadamardProd, gorgonia.Sub, gorgonia.Add, gorgonia.HadamardDiv}[rg.r.IntN(4)](x, c)
	},
	func(rg *randomGraph) (*gorgonia.Node, error) { // division by what is far from zero
		d, err := positive(func(x *gorgonia.Node) (*gorgonia.Node, error) { return x, nil })(rg)
		if err != nil {
			return nil, err
		}
		return gorgonia.HadamardDiv(rg.like(d), d)
	},
	matmulOp, matmulOp, matmulOp,
	func(rg *randomGraph) (*gorgonia.Node, error) { // matrix by vector
		a, v := rg.pick(2), rg.pick(1)
		if a == nil || v == nil || a.Shape()[1] != v.Shape()[0] {
			return nil, nil
		}
		return gorgonia.Mul(a, v)
	},
	func(rg *randomGraph) (*gorgonia.Node, error) { // a row added to each row
		a, v := rg.pick(2), rg.pick(1)
		if a == nil || v == nil || a.Shape()[1] != v.Shape()[0] {
			return nil, nil
		}
		return gorgonia.BroadcastAdd(a, v, nil, []byte{0})
	},
	func(rg *randomGraph) (*gorgonia.Node, error) { // a column multiplied with each column
		a, v := rg.pick(2), rg.pick(1)
		if a == nil || v == nil || a.Shape()[0] != v.Shape()[0] {
			return nil, nil
		}
		return gorgonia.BroadcastHadamardProd(a, v, nil, []byte{1})
	},
	func(rg *randomGraph) (*gorgonia.Node, error) {
		if a := rg.pick(2); a != nil {
			return gorgonia.Sum(a, rg.r.IntN(2))
		}
		return nil, nil
	},
	func(rg *randomGraph) (*gorgonia.Node, error) {
		if a := rg.pick(2); a != nil {
			return gorgonia.Mean(a, rg.r.IntN(2))
		}
		return nil, nil
	},
	func(rg *randomGraph) (*gorgonia.Node, error) {
		if a := rg.pick(2); a != nil {
			return gorgonia.Transpose(a, 1, 0)
		}
		return nil, nil
	},
	func(rg *randomGraph) (*gorgonia.Node, error) {
		if a := rg.pick(2); a != nil {
			return gorgonia.Reshape(a, tensor.Shape{a.Shape().TotalSize()})
		}
		return nil, nil
	},
	func(rg *randomGraph) (*gorgonia.Node, error) {
		if a := rg.pick(2); a != nil {
			return gorgonia.Reshape(a, tensor.Shape{a.Shape()[1], a.Shape()[0]})
		}
		return nil, nil
	},
	softmaxOp, softmaxOp,
}

// softmaxOp takes a softmax of a node's double, which no other softmax shares: Gorgonia cannot tell Softmax and
// LogSoftMax of one node apart.
func softmaxOp(rg *randomGraph) (*gorgonia.Node, error) {
	a := rg.pick(2)
	if a == nil || a.Shape()[1] < 2 || a.Shape()[0] < 2 {
		return nil, nil
	}
	x, err := gorgonia.HadamardProd(a, constant(a, 1+float64(len(rg.pool))/100))
	if err != nil {
		return nil, err
	}
	if rg.r.IntN(2) == 0 {
		return gorgonia.SoftMax(x)
	}
	return gorgonia.LogSoftMax(x)
}

func matmulOp(rg *randomGraph) (*gorgonia.Node, error) {
	a, b := rg.pick(2), rg.pick(2)
	if a == nil || b == nil {
		return nil, nil
	}
	if a.Shape()[1] != b.Shape()[0] {
		t, err := gorgonia.Transpose(b, 1, 0)
		if err != nil || a.Shape()[1] != t.Shape()[0] {
			return nil, err
		}
		b = t
	}
	return gorgonia.Mul(a, b)
}
