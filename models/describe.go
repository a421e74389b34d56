package models

// BatchNormEpsilon is what a BatchNorm adds to a variance.
const BatchNormEpsilon = normEpsilon

// Describe is what a file says of the model, by the keys About…: for those who write it in another format.
func (m *Model) Describe() (map[string]string, error) { return m.about() }

// Regression reports whether the net is known to predict values, not classes: it says that its loss is that of regression, or it has one
// output without softmax.
func (n *Net) Regression() bool {
	return n.About[AboutLoss] == usualLosses[true].name || n.Output == nil && n.Out == 1
}
