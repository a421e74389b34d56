package models

import "math"

// Init is the standard deviation of the initial weights of a layer: from the number of inputs that one of its units sums up, and
// from whether relu follows.
type Init func(inputs int, relu bool) float64

// Std gives all layers the same standard deviation, the book's weight_init_std.
func Std(std float64) Init { return func(int, bool) float64 { return std } }

// He is √(2/inputs), made for relu.
//
// Source: He et al., Delving Deep into Rectifiers, 2015; book, 6.2.3.
func He(inputs int, _ bool) float64 { return math.Sqrt(2 / float64(inputs)) }

// Xavier is √(1/inputs), made for sigmoid and tanh.
//
// Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010; book, 6.2.2.
func Xavier(inputs int, _ bool) float64 { return math.Sqrt(1 / float64(inputs)) }

// UsualInit is He before relu and Xavier elsewhere.
func UsualInit(inputs int, relu bool) float64 {
	if relu {
		return He(inputs, relu)
	}
	return Xavier(inputs, relu)
}
