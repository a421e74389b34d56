package train

import (
	"fmt"
	"slices"
	"strconv"

	"stheno/checkpoint"
	"stheno/models"

	"gorgonia.org/tensor"
)

// Save writes the model's parameters as a safetensors file, in the model's float type, under their names.
func Save(path string, m *models.Model) error {
	values, err := m.Params()
	if err != nil {
		return err
	}
	var ts []checkpoint.Tensor
	for _, p := range m.Net.Params {
		t := checkpoint.Tensor{Name: p.Name, Shape: p.Shape, Data: values[p.Name]}
		if m.DType == tensor.Float32 {
			t.Data = narrow(values[p.Name])
		}
		ts = append(ts, t)
	}
	return checkpoint.Save(path, ts, map[string]string{"net": m.Net.Name, "format": "stheno"})
}

// Load gives the model the parameters of a safetensors file. The file must hold every parameter in its shape, and
// nothing else; float32 and float64 are converted. Nothing is changed unless all fits.
func Load(path string, m *models.Model) error {
	ts, _, err := checkpoint.Load(path)
	if err != nil {
		return err
	}
	values := map[string][]float64{}
	for _, p := range m.Net.Params {
		i := slices.IndexFunc(ts, func(t checkpoint.Tensor) bool { return t.Name == p.Name })
		if i < 0 {
			return fmt.Errorf("%s: it has no tensor %s: it was saved from another net", path, p.Name)
		}
		if !slices.Equal(ts[i].Shape, p.Shape) {
			return fmt.Errorf("%s: %s is %s, the net has %s: choose the layers that it was saved with", path, p.Name, dims(ts[i].Shape), dims(p.Shape))
		}
		values[p.Name] = widen(ts[i].Data)
	}
	if len(ts) != len(m.Net.Params) {
		return fmt.Errorf("%s: it has %d tensors, the net %d parameters: choose the layers that it was saved with", path, len(ts), len(m.Net.Params))
	}
	for name, v := range values {
		if err := m.SetParam(name, v); err != nil {
			return err
		}
	}
	return nil
}

func dims(shape []int) string {
	s := ""
	for i, d := range shape {
		if i > 0 {
			s += "x"
		}
		s += strconv.Itoa(d)
	}
	return s
}

func narrow(v []float64) []float32 {
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(x)
	}
	return out
}

func widen(data any) []float64 {
	if d, ok := data.([]float64); ok {
		return d
	}
	d := data.([]float32)
	out := make([]float64, len(d))
	for i, x := range d {
		out[i] = float64(x)
	}
	return out
}
