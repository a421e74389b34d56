package models

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Loss builds a scalar from (batch, classes) scores or predictions and (batch, classes) targets.
type Loss func(y, t *gorgonia.Node) (*gorgonia.Node, error)

// logDelta keeps the book's logarithm away from log 0 (book, 4.2.2).
const logDelta = 1e-7

// SoftmaxCrossEntropy is −Σ t·log softmax(scores) / batch, in one: the derivative with respect to the scores is
// exactly (softmax − t) / batch for targets that sum to 1, the y − t of the book's hand-written gradient (4.5.1), and
// it stays finite for any finite scores. Of one class it would always be 0: that is an error.
func SoftmaxCrossEntropy(scores, t *gorgonia.Node) (*gorgonia.Node, error) {
	return ofPair("softmax cross-entropy", softmaxCrossEntropy, scores, t)
}

func softmaxCrossEntropy(scores, t *gorgonia.Node) (*gorgonia.Node, error) {
	if err := checkClasses("softmax cross-entropy", scores); err != nil {
		return nil, err
	}
	logp, err := gorgonia.LogSoftMax(scores)
	if err != nil {
		return nil, err
	}
	return minusMeanRowSum(logp, t)
}

// CrossEntropy is the book's −Σ t·log(y + 1e-7) / batch of predictions y (4.2.4). The 1e-7 makes the loss, and the
// derivative through it, differ from SoftmaxCrossEntropy by a relative 1e-7 / y of the true class.
func CrossEntropy(y, t *gorgonia.Node) (*gorgonia.Node, error) {
	return ofPair("cross-entropy", crossEntropy, y, t)
}

func crossEntropy(y, t *gorgonia.Node) (*gorgonia.Node, error) {
	shifted, err := gorgonia.Add(y, scalar(y, logDelta, "delta"))
	if err != nil {
		return nil, err
	}
	log, err := gorgonia.Log(shifted)
	if err != nil {
		return nil, err
	}
	return minusMeanRowSum(log, t)
}

// SoftmaxThenCrossEntropy is the book's loss as it is written: softmax, then CrossEntropy.
func SoftmaxThenCrossEntropy(scores, t *gorgonia.Node) (*gorgonia.Node, error) {
	y, err := Softmax(scores)
	if err != nil {
		return nil, err
	}
	return CrossEntropy(y, t)
}

// MeanSquaredError is Σ (y − t)² / (batch · outputs).
func MeanSquaredError(y, t *gorgonia.Node) (*gorgonia.Node, error) {
	return ofPair("mean squared error", meanSquaredError, y, t)
}

func meanSquaredError(y, t *gorgonia.Node) (*gorgonia.Node, error) {
	diff, err := gorgonia.Sub(y, t)
	if err != nil {
		return nil, err
	}
	square, err := gorgonia.Square(diff)
	if err != nil {
		return nil, err
	}
	sum, err := gorgonia.Sum(square)
	if err != nil {
		return nil, err
	}
	return gorgonia.HadamardProd(sum, scalar(y, 1/float64(y.Shape().TotalSize()), "1/size"))
}

// ofPair is newNode for a loss.
func ofPair(what string, f Loss, y, t *gorgonia.Node) (*gorgonia.Node, error) {
	if err := checkPair(what, y, t); err != nil {
		return nil, err
	}
	return newNode(what, func() (*gorgonia.Node, error) { return f(y, t) }, y, t)
}

// minusMeanRowSum is −Σ t·x / batch.
func minusMeanRowSum(x, t *gorgonia.Node) (*gorgonia.Node, error) {
	prod, err := gorgonia.HadamardProd(t, x)
	if err != nil {
		return nil, err
	}
	sum, err := gorgonia.Sum(prod)
	if err != nil {
		return nil, err
	}
	return gorgonia.HadamardProd(sum, scalar(x, -1/float64(x.Shape()[0]), "-1/batch"))
}

// scalar is a constant of a node's type.
func scalar(like *gorgonia.Node, v float64, name string) *gorgonia.Node {
	if like.Dtype() == tensor.Float32 {
		return gorgonia.NewConstant(float32(v), gorgonia.WithName(name))
	}
	return gorgonia.NewConstant(v, gorgonia.WithName(name))
}
