package ir

import (
	"fmt"
	"math"
)

// The ops here work on rows: the last axis holds the classes, every axis before it counts samples.

func rowsShape(c *call) (Shape, error) {
	if len(c.shapes[0]) == 0 {
		return nil, fmt.Errorf("%s of a scalar", c.Op)
	}
	return c.shapes[0], nil
}

func rowLocal(c *call, arg int) bool { return len(c.shapes[arg]) > 1 }

// logSumExp gives the largest x and log Σ exp(x − top). Nothing overflows; the two are not added, because a large
// top would swallow the logarithm.
func logSumExp(x []float64) (top, log float64) {
	top = math.Inf(-1)
	for _, v := range x {
		top = maxNaN(top, v)
	}
	sum := 0.0
	for _, v := range x {
		sum += math.Exp(v - top)
	}
	return top, math.Log(sum)
}

// eachRow calls f with the bounds of every row of the first argument.
func (c *call) eachRow(f func(row, lo, hi int)) {
	s := c.shapes[0]
	n := s[len(s)-1]
	for row := 0; n > 0 && row < s.Size()/n; row++ {
		f(row, row*n, (row+1)*n)
	}
}

// softmaxEval: softmax(x) = exp(x) / Σ exp(x), or its logarithm.
func softmaxEval(c *call, out []float64) {
	c.eachRow(func(_, lo, hi int) {
		x := c.args[0][lo:hi]
		top, log := logSumExp(x)
		for j, v := range x {
			out[lo+j] = v - top - log
			if !c.Log {
				out[lo+j] = math.Exp(out[lo+j])
			}
		}
	})
}

func logLikelihoodShape(c *call) (Shape, error) {
	x, t := c.shapes[0], c.shapes[1]
	if len(x) == 0 || !x.Eq(t) {
		return nil, fmt.Errorf("loglikelihood: logits %v and targets %v differ", x, t)
	}
	return x[:len(x)-1], nil
}

// logLikelihoodEval: for each row Σ t·log softmax(x), the cross-entropy with its sign turned.
func logLikelihoodEval(c *call, out []float64) {
	clear(out) // rows of no classes are none to eachRow
	c.eachRow(func(row, lo, hi int) {
		x, t := c.args[0][lo:hi], c.args[1][lo:hi]
		top, log := logSumExp(x)
		for j := range x {
			if t[j] != 0 { // 0·log 0 is 0 here, as in the entropy's definition
				out[row] += t[j] * (x[j] - top - log)
			}
		}
	})
}

func logLikelihoodGradShape(c *call) (Shape, error) {
	if _, err := logLikelihoodShape(c); err != nil {
		return nil, err
	}
	if len(c.shapes[2]) != 0 {
		return nil, fmt.Errorf("loglikelihoodgrad: the factor is of shape %v, not a scalar", c.shapes[2])
	}
	return c.shapes[0], nil
}

// logLikelihoodGradEval: s·(t − softmax(x)·Σt), the derivative of s·Σ t·log softmax(x) with respect to x.
func logLikelihoodGradEval(c *call, out []float64) {
	c.eachRow(func(_, lo, hi int) {
		x, t := c.args[0][lo:hi], c.args[1][lo:hi]
		top, log := logSumExp(x)
		sum := 0.0
		for _, v := range t {
			sum += v
		}
		for j := range x {
			out[lo+j] = c.args[2][0] * (t[j] - math.Exp(x[j]-top-log)*sum)
		}
	})
}
