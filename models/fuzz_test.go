package models

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/checkpoint"

	"gorgonia.org/tensor"
)

// FuzzFile: a safetensors file is one of parameters or an error of one line, and gives a model what it holds, or nothing and an error
// that names the file.
func FuzzFile(f *testing.F) {
	net, err := MLP{Widths: []int{2, 1, 2}, Std: 0.3, Seed: 1}.Net()
	if err != nil {
		f.Fatal(err)
	}
	e, err := backend.Open("go")
	if err != nil {
		f.Fatal(err)
	}
	defer e.Close()
	m, err := New(net, e, tensor.Float32)
	if err != nil {
		f.Fatal(err)
	}
	defer m.Close()
	values := func() map[string][]float64 {
		p, err := m.Params()
		if err != nil {
			f.Fatal(err)
		}
		return p
	}
	good := []checkpoint.Tensor{
		{Name: "W1", Shape: []int{2, 1}, Data: []float32{1, 2}}, {Name: "b1", Shape: []int{1}, Data: []float64{3}},
		{Name: "W2", Shape: []int{1, 2}, Data: []float32{4, 5}}, {Name: "b2", Shape: []int{2}, Data: []float32{6, 7}},
	}
	for i, x := range []float64{3, 1e300, math.NaN(), math.Inf(-1)} {
		good[1].Data = []float64{x}
		for _, meta := range []map[string]string{nil, {"format": "stheno", "version": "1", "hidden": "1", "activation": "sigmoid"}, {"format": "stheno", "version": "2"}, {"format": "stheno", "hidden": "9"}} {
			b, err := checkpoint.Encode(good[i/3:], meta)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		ts, meta, err := checkpoint.Decode(b)
		if err != nil {
			return
		}
		before := values()
		file, err := newFile("f", ts, meta)
		if err == nil {
			err = file.Into(m)
		}
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f: ") || strings.Contains(err.Error(), "\n") {
				t.Errorf("not one line that names the file: %v", err)
			}
			for name, v := range values() {
				if !slices.Equal(v, before[name]) {
					t.Errorf("%s has changed by a file that is refused: %v", name, err)
				}
			}
			return
		}
		now := values()
		for _, tensor := range ts {
			for i, x := range widen(tensor.Data) {
				if float32(now[tensor.Name][i]) != float32(x) {
					t.Errorf("%s[%d] is %v, the file has %v", tensor.Name, i, now[tensor.Name][i], x)
				}
			}
		}
	})
}
