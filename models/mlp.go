package models

import (
	"fmt"

	"gorgonia.org/gorgonia"
)

// MLP describes a fully connected network: affine layers with an activation between them, softmax at the end.
type MLP struct {
	Widths     []int   // inputs, hidden layers, classes: at least two
	Activation string  // of the hidden layers: sigmoid, tanh, relu, identity; "" is sigmoid
	Std        float64 // standard deviation of the initial weights, weight_init_std in the book
	Seed       uint64  // of the initial weights
	Loss       Loss    // of the scores; nil is SoftmaxCrossEntropy
}

// TwoLayerNet is the book's network (4.5.1): one hidden layer with sigmoid, softmax, cross-entropy.
func TwoLayerNet(input, hidden, output int, weightInitStd float64, seed uint64) MLP {
	return MLP{Widths: []int{input, hidden, output}, Activation: "sigmoid", Std: weightInitStd, Seed: seed}
}

// Net is the network as graph functions, with parameters W1, b1, W2, b2, … of shapes (in, out) and (out).
func (m MLP) Net() (Net, error) {
	if m.Activation == "" {
		m.Activation = "sigmoid"
	}
	if err := checkActivation(m.Activation); err != nil {
		return Net{}, err
	}
	if len(m.Widths) < 2 {
		return Net{}, fmt.Errorf("an MLP needs at least inputs and classes, not %v", m.Widths)
	}
	for _, w := range m.Widths {
		if w < 1 {
			return Net{}, fmt.Errorf("layer widths %v: each must be at least 1", m.Widths)
		}
	}
	loss := m.Loss
	if loss == nil {
		loss = SoftmaxCrossEntropy
	}
	act := activations[m.Activation].f
	return Net{
		Name: "mlp", In: m.Widths[0], Out: m.Widths[len(m.Widths)-1],
		Params: m.params(),
		Scores: func(x *gorgonia.Node, params gorgonia.Nodes) (*gorgonia.Node, error) {
			return affineStack(x, params, act)
		},
		Output: Softmax,
		Loss:   loss,
		About:  m.about(),
	}, nil
}

func (m MLP) params() []Param {
	r := NewRand(m.Seed)
	var ps []Param
	for i := 1; i < len(m.Widths); i++ {
		in, out := m.Widths[i-1], m.Widths[i]
		ps = append(ps,
			Param{fmt.Sprintf("W%d", i), []int{in, out}, Normal(r, in*out, m.Std)},
			Param{fmt.Sprintf("b%d", i), []int{out}, nil})
	}
	return ps
}

// affineStack is x·W + b for each pair of parameters, with the activation after all but the last.
func affineStack(x *gorgonia.Node, params gorgonia.Nodes, act Activation) (*gorgonia.Node, error) {
	for i := 0; i < len(params); i += 2 {
		var err error
		if i > 0 {
			if x, err = act(x); err != nil {
				return nil, err
			}
		}
		if x, err = Affine(x, params[i], params[i+1]); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// Affine is x·W + b: (batch, in), (in, out) and (out) to (batch, out).
func Affine(x, w, b *gorgonia.Node) (*gorgonia.Node, error) {
	xw, err := gorgonia.Mul(x, w)
	if err != nil {
		return nil, fmt.Errorf("%v %v times %v %v: %w", x.Name(), x.Shape(), w.Name(), w.Shape(), err)
	}
	return gorgonia.BroadcastAdd(xw, b, nil, []byte{0})
}
