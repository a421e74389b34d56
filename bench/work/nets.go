package work

// Layer is the arithmetic of a layer with weights: at so many places of a sample, inputs times outputs multiplications.
type Layer struct{ Places, Inputs, Outputs int }

// named are the nets with convolutions, on images of 28 x 28 pixels in ten classes: that of Gorgonia's examples, and the book's.
var named = map[string][]Layer{
	"convnet":    {{28 * 28, 9, 32}, {14 * 14, 9 * 32, 64}, {7 * 7, 9 * 64, 128}, {1, 3 * 3 * 128, 625}, {1, 625, 10}},
	"simpleconv": {{24 * 24, 25, 30}, {1, 12 * 12 * 30, 100}, {1, 100, 10}},
	"deepconv": {{28 * 28, 9, 16}, {28 * 28, 9 * 16, 16}, {14 * 14, 9 * 16, 32}, {16 * 16, 9 * 32, 32}, {8 * 8, 9 * 32, 64}, {8 * 8, 9 * 64, 64},
		{1, 4 * 4 * 64, 50}, {1, 50, 10}},
}

// Layers are those of the net that have weights.
func (s Spec) Layers() []Layer {
	if s.Name != "" {
		return named[s.Name]
	}
	var layers []Layer
	for i := 1; i < len(s.Widths); i++ {
		layers = append(layers, Layer{1, s.Widths[i-1], s.Widths[i]})
	}
	return layers
}

// LearningRate is that of the steps.
func (s Spec) LearningRate() float64 {
	if s.Name != "" {
		return convRate
	}
	return Rate
}

// ForwardFlops counts the products of one forward pass; the element-wise work does not count.
func (s Spec) ForwardFlops() int {
	n := 0
	for _, l := range s.Layers() {
		n += s.flops(l)
	}
	return n
}

func (s Spec) flops(l Layer) int { return 2 * s.Batch * l.Places * l.Inputs * l.Outputs }

// StepFlops counts the products of a unit of work. Of affine layers that is gradient, update and the loss after it: forward twice,
// the gradient of each matrix, and what is handed down to each layer but the first. A net with a name goes forward once: its loss is
// that which the gradient is of.
func (s Spec) StepFlops() int {
	passes := 4
	switch {
	case s.Forward:
		return s.ForwardFlops()
	case s.Name != "":
		passes = 3
	}
	return passes*s.ForwardFlops() - s.flops(s.Layers()[0])
}
