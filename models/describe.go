package models

// BatchNormEpsilon is what a BatchNorm adds to a variance.
const BatchNormEpsilon = normEpsilon

// Describe is what a file says of the model, by the keys About…: for those who write it in another format.
func (m *Model) Describe() (map[string]string, error) { return m.about() }
