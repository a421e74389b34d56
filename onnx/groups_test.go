package onnx

import (
	"slices"
	"strings"
	"testing"
)

// TestSeparableStaysChannelsLast: a separable layer, as MobileNet has it, is two convolutions, of which the depthwise one takes its bias; what
// stands between them is one pass. Images are transposed where they come in and where they go out alone.
func TestSeparableStaysChannelsLast(t *testing.T) {
	p := plain()
	shaped := func(name string, shape ...int) *Tensor { return &Tensor{Float32, shape, make([]float32, size(shape))} }
	p.graph.inputs[0].kind.tensor.shape.dims = []*dimProto{{size: 2}, {size: 24}, {size: 5}, {size: 6}}
	p.graph.initializers = nil
	for name, shape := range map[string][]int{"w": {24, 1, 3, 3}, "b": {24}, "v": {8, 24, 1, 1}, "c": {8}} {
		p.graph.initializers = append(p.graph.initializers, shaped(name, shape...).proto(name))
	}
	for name, v := range map[string]float32{"zero": 0, "six": 6} {
		p.graph.initializers = append(p.graph.initializers, (&Tensor{Float32, nil, []float32{v}}).proto(name))
	}
	p.graph.nodes = []*nodeProto{
		{op: "Conv", inputs: []string{"x", "w", "b"}, outputs: []string{"wide"}, attributes: []*attributeProto{whole64("group", 24), wholes64("pads", 1, 1, 1, 1)}},
		{op: "Clip", inputs: []string{"wide", "zero", "six"}, outputs: []string{"clipped"}},
		{op: "Conv", inputs: []string{"clipped", "v", "c"}, outputs: []string{"y"}},
	}
	p.graph.outputs = []*valueProto{{"y", p.graph.inputs[0].kind}}
	m, err := Decode(encode(p))
	if err != nil {
		t.Fatal(err)
	}
	s := m.NewSession(open(t))
	defer s.Close()
	if _, err := s.Run(map[string]*Tensor{"x": shaped("x", 2, 24, 5, 6)}); err != nil {
		t.Fatal(err)
	}
	var images []string
	for line := range strings.Lines(s.program.Explain()) {
		if _, what, ok := strings.Cut(line, " = "); ok && !strings.Contains(what, "view parameter") {
			images = append(images, strings.Fields(what)[0])
		}
	}
	if want := []string{"view", "groupconv", "chain", "conv", "chain", "view"}; !slices.Equal(images, want) {
		t.Errorf("%v, want %v:\n%s", images, want, s.program.Explain())
	}
}
