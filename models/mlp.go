package models

import (
	"fmt"
	"math"

	"github.com/stheno/stheno/internal/memory"

	"gorgonia.org/gorgonia"
)

// MLP describes a fully connected network: affine layers with an activation between them, softmax at the end, or of regression nothing.
//
// It is a Sequential of Dense and Activate. The usual Std is UsualInit; Zero asks for weights of 0.
type MLP struct {
	Widths     []int   // inputs, hidden layers, classes or values to predict: at least two
	Activation string  // of the hidden layers: sigmoid, tanh, relu, identity; "" is sigmoid
	Std        float64 // standard deviation of the initial weights, the book's weight_init_std; 0 is usual
	Seed       uint64  // of the initial weights
	Loss       Loss    // of the scores; nil is SoftmaxCrossEntropy, of regression MeanSquaredError
	Regression bool    // see Sequential
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
	s, err := m.Sequential()
	if err != nil {
		return Net{}, err
	}
	return s.Net()
}

// Sequential is the network as a list of layers.
func (m MLP) Sequential() (Sequential, error) {
	if err := m.check(); err != nil {
		return Sequential{}, err
	}
	s := Sequential{Name: "mlp", Seed: m.Seed, Loss: m.Loss, Regression: m.Regression}
	if m.Std != 0 {
		s.Init = Std(or(m.Std, 0))
	}
	for i, w := range m.Widths {
		if i == 0 {
			s.In = []int{w}
			continue
		}
		if i > 1 {
			s.Layers = append(s.Layers, Activate(m.activation()))
		}
		s.Layers = append(s.Layers, Dense(w))
	}
	return s, nil
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
	if m.Widths[len(m.Widths)-1] == 1 && !m.Regression {
		return fmt.Errorf("layer widths %v: softmax over one unit is always 1: an MLP needs two classes at least", m.Widths)
	}
	if !(m.Std >= 0) || math.IsInf(m.Std, 0) {
		return fmt.Errorf("standard deviation %v: it must be a number of at least 0", m.Std)
	}
	if err := memory.Fits(8 * m.size()); err != nil { // the initial values
		return fmt.Errorf("layer widths %v: %w: take smaller layers", m.Widths, err)
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
