package models

import (
	"fmt"
	"math"

	"github.com/stheno/stheno/internal/memory"

	"gorgonia.org/gorgonia"
)

// MLP describes a fully connected network: affine layers with an activation between them, softmax at the end.
//
// The usual Std of a layer with n inputs is √(2/n) before relu (He et al., Delving Deep into Rectifiers, 2015) and √(1/n)
// elsewhere (Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010; book,
// 6.2). Zero asks for weights of 0.
type MLP struct {
	Widths     []int   // inputs, hidden layers, classes: at least two
	Activation string  // of the hidden layers: sigmoid, tanh, relu, identity; "" is sigmoid
	Std        float64 // standard deviation of the initial weights, the book's weight_init_std; 0 is usual
	Seed       uint64  // of the initial weights
	Loss       Loss    // of the scores; nil is SoftmaxCrossEntropy
}

// TwoLayerNet is the book's network (4.5.1): one hidden layer with sigmoid, softmax, cross-entropy. A weightInitStd of 0
// is taken at its word: all weights are 0.
func TwoLayerNet(input, hidden, output int, weightInitStd float64, seed uint64) MLP {
	if weightInitStd == 0 {
		weightInitStd = Zero
	}
	return MLP{Widths: []int{input, hidden, output}, Activation: "sigmoid", Std: weightInitStd, Seed: seed}
}

// Net is the network as graph functions, with parameters W1, b1, W2, b2, … of shapes (in, out) and (out).
func (m MLP) Net() (Net, error) {
	if err := m.check(); err != nil {
		return Net{}, err
	}
	loss := m.Loss
	if loss == nil {
		loss = SoftmaxCrossEntropy
	}
	if err := memory.Fits(8 * m.size()); err != nil { // the initial values
		return Net{}, fmt.Errorf("layer widths %v: %w: take smaller layers", m.Widths, err)
	}
	m.Activation = m.activation()
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

func (m MLP) check() error {
	if err := checkActivation(m.activation()); err != nil {
		return err
	}
	if len(m.Widths) < 2 {
		return fmt.Errorf("an MLP needs at least inputs and classes, not %v", m.Widths)
	}
	for i, w := range m.Widths {
		if w < 1 {
			return fmt.Errorf("layer widths %v: each must be at least 1", m.Widths)
		}
		if i > 0 && w > mostElements/m.Widths[i-1] {
			return fmt.Errorf("layer widths %v: the weights between %d and %d units are too many", m.Widths, m.Widths[i-1], w)
		}
	}
	if m.Widths[len(m.Widths)-1] == 1 {
		return fmt.Errorf("layer widths %v: softmax over one unit is always 1: an MLP needs two classes at least", m.Widths)
	}
	if !(m.Std >= 0) || math.IsInf(m.Std, 0) {
		return fmt.Errorf("standard deviation %v: it must be a number of at least 0", m.Std)
	}
	return nil
}

// size is the number of all parameters' elements.
func (m MLP) size() float64 {
	n := 0.
	for i := 1; i < len(m.Widths); i++ {
		n += float64(m.Widths[i-1]+1) * float64(m.Widths[i])
	}
	return n
}

func (m MLP) activation() string {
	if m.Activation == "" {
		return "sigmoid"
	}
	return m.Activation
}

func (m MLP) params() []Param {
	r := NewRand(m.Seed)
	var ps []Param
	for i := 1; i < len(m.Widths); i++ {
		in, out := m.Widths[i-1], m.Widths[i]
		ps = append(ps,
			Param{weights(i), []int{in, out}, Normal(r, in*out, m.std(i))},
			Param{bias(i), []int{out}, nil})
	}
	return ps
}

func weights(layer int) string { return fmt.Sprintf("W%d", layer) }
func bias(layer int) string    { return fmt.Sprintf("b%d", layer) }

// std is the standard deviation of a layer's initial weights, counted from 1.
func (m MLP) std(layer int) float64 {
	gain := 1.0
	if m.activation() == "relu" && layer < len(m.Widths)-1 {
		gain = 2
	}
	return or(m.Std, math.Sqrt(gain/float64(m.Widths[layer-1])))
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
	return newNode("affine layer", func() (*gorgonia.Node, error) { return affineLayer(x, w, b) }, x, w, b)
}

func affineLayer(x, w, b *gorgonia.Node) (*gorgonia.Node, error) {
	xw, err := gorgonia.Mul(x, w)
	if err != nil {
		return nil, fmt.Errorf("%v %v times %v %v: %w", x.Name(), x.Shape(), w.Name(), w.Shape(), err)
	}
	return gorgonia.BroadcastAdd(xw, b, nil, []byte{0})
}
