package models

import "slices"

// WithActivation is the network with another activation everywhere.
func (s Sequential) WithActivation(name string) Sequential {
	return s.rebuilt(func(l Layer, _ []Layer) []Layer {
		if _, ok := l.(Activate); ok {
			return []Layer{Activate(name)}
		}
		return []Layer{l}
	})
}

// WithBatchNorm is the network with a batch normalisation before each activation that has none (book, 6.3).
func (s Sequential) WithBatchNorm() Sequential {
	return s.rebuilt(func(l Layer, before []Layer) []Layer {
		if _, ok := l.(Activate); ok && !slices.Contains(before[max(len(before)-1, 0):], Layer(BatchNorm{})) {
			return []Layer{BatchNorm{}, l}
		}
		return []Layer{l}
	})
}

// WithDropout is the network with another probability of its dropouts. Where it has none, there is one after each hidden Dense layer
// (book, 6.4.3). A probability of 0 takes all away.
func (s Sequential) WithDropout(probability float64) Sequential {
	has := slices.ContainsFunc(s.Layers, isDropout)
	return s.rebuilt(func(l Layer, before []Layer) []Layer {
		_, activates := l.(Activate)
		switch {
		case isDropout(l) && probability == 0:
			return nil
		case isDropout(l):
			return []Layer{Dropout(probability)}
		case !has && probability != 0 && activates && ofDense(before):
			return []Layer{l, Dropout(probability)}
		}
		return []Layer{l}
	})
}

func isDropout(l Layer) bool {
	_, ok := l.(Dropout)
	return ok
}

// ofDense reports whether the last weights are those of a Dense layer.
func ofDense(layers []Layer) bool {
	for _, l := range slices.Backward(layers) {
		switch l.(type) {
		case Dense:
			return true
		case Conv:
			return false
		}
	}
	return false
}

// rebuilt is the network with others in the place of each layer; before are those that stand before it.
func (s Sequential) rebuilt(others func(l Layer, before []Layer) []Layer) Sequential {
	var layers []Layer
	for _, l := range s.Layers {
		layers = append(layers, others(l, layers)...)
	}
	s.Layers = layers
	return s
}
