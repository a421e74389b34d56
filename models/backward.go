package models

import "math"

// Backward is the seed's hand-written backward pass (book, 4.5.1), for any number of layers: plain loops in float64
// over row-major slices. It shares nothing with the graph, the compiler or the engines, so that it can bear witness
// against them.
//
// params holds W1, b1, W2, b2, … by name; x is (batch, Widths[0]), t is (batch, classes). It returns the gradient of
// the mean softmax-cross-entropy with respect to each parameter, by the same names: of targets that sum to 1 in each row.
//
// Where the net has no such layers or activation, or the slices do not fit it, the map is empty; Model.Check refuses that.
func (m MLP) Backward(params map[string][]float64, x, t []float64) map[string][]float64 {
	grads := map[string][]float64{}
	if m.check() != nil || !m.fit(params, x, t) {
		return grads
	}
	last := len(m.Widths) - 1
	batch := len(x) / m.Widths[0]
	act := activations[m.activation()]

	// forward: z[i] is what layer i+1 reads
	z := [][]float64{x}
	for l := 1; l <= last; l++ {
		a := affine(z[l-1], params[weights(l)], params[bias(l)], batch, m.Widths[l-1], m.Widths[l])
		if l < last {
			for i := range a {
				a[i] = act.value(a[i])
			}
		}
		z = append(z, a)
	}

	// backward: d is the derivative with respect to the sums of layer l
	d := softmaxMinusTarget(z[last], t, batch, m.Widths[last])
	for l := last; l >= 1; l-- {
		in, out := m.Widths[l-1], m.Widths[l]
		w, b := weights(l), bias(l)
		grads[w], grads[b] = make([]float64, in*out), make([]float64, out)
		down := make([]float64, batch*in)
		for n := range batch {
			dn := d[n*out : (n+1)*out]
			for j, v := range dn {
				grads[b][j] += v
			}
			for i := range in {
				zi, sum := z[l-1][n*in+i], 0.0
				for j, v := range dn {
					grads[w][i*out+j] += zi * v
					sum += v * params[w][i*out+j]
				}
				down[n*in+i] = sum * act.deriv(zi)
			}
		}
		d = down
	}
	return grads
}

// fit reports whether the slices are a whole batch, its targets and all parameters.
func (m MLP) fit(params map[string][]float64, x, t []float64) bool {
	last := len(m.Widths) - 1
	if batch := len(x) / m.Widths[0]; batch < 1 || len(x) != batch*m.Widths[0] || len(t) != batch*m.Widths[last] {
		return false
	}
	for l := 1; l <= last; l++ {
		in, out := m.Widths[l-1], m.Widths[l]
		if len(params[weights(l)]) != in*out || len(params[bias(l)]) != out {
			return false
		}
	}
	return true
}

func affine(x, w, b []float64, batch, in, out int) []float64 {
	a := make([]float64, batch*out)
	for n := range batch {
		row := a[n*out : (n+1)*out]
		copy(row, b)
		for i, v := range x[n*in : (n+1)*in] {
			for j := range row {
				row[j] += v * w[i*out+j]
			}
		}
	}
	return a
}

// softmaxMinusTarget is (softmax(a) − t) / batch, the seed's dy.
func softmaxMinusTarget(a, t []float64, batch, classes int) []float64 {
	d := make([]float64, len(a))
	for n := range batch {
		row := a[n*classes : (n+1)*classes]
		top, sum := math.Inf(-1), 0.0
		for _, v := range row {
			top = max(top, v)
		}
		for _, v := range row {
			sum += math.Exp(v - top)
		}
		for j, v := range row {
			d[n*classes+j] = (math.Exp(v-top)/sum - t[n*classes+j]) / float64(batch)
		}
	}
	return d
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
func tanh(x float64) float64    { return math.Tanh(x) }

// sign is 1 for a positive number, else 0: the derivative of ReLU from its output.
func sign(y float64) int {
	if y > 0 {
		return 1
	}
	return 0
}
