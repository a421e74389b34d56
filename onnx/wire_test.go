package onnx

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// full is a model with something in every field that is read.
func full() *modelProto {
	tensors := &tensorProto{dims: []int64{2, 1}, kind: int32(Float32), floats: []float32{1, -2.5}, int32s: []int32{-1, 7}, int64s: []int64{-1 << 40, 3},
		name: "w", rawData: []byte{}, doubles: []float64{0.1}, uint64s: []uint64{1 << 63}, external: []*entryProto{{"location", "w.data"}}, location: 1, segment: &unread{}}
	value := &valueProto{"x", &typeProto{&tensorTypeProto{int32(Float64), &shapeProto{[]*dimProto{{name: "batch"}, {size: 3}}}}}}
	node := &nodeProto{inputs: []string{"x", "", "w"}, outputs: []string{"y"}, name: "n", op: "Gemm", domain: "ai.onnx", attributes: []*attributeProto{
		{name: "f", f: 0, kind: attributeFloat}, {name: "i", i: 0, kind: attributeInt}, {name: "s", s: []byte("text"), kind: attributeText},
		{name: "t", t: tensors, kind: attributeTensor}, {name: "l", floats: []float32{1}, ints: []int64{-3, 4}, strings: [][]byte{[]byte("a")}, kind: attributeInts, reference: "r"},
	}}
	return &modelProto{irVersion: 8, producerName: "p", producerVersion: "v", opsets: []*opsetProto{{"", 17}, {"other", 1}}, metadata: []*entryProto{{"k", "v"}},
		functions: []*functionProto{{"f", "d"}},
		graph: &graphProto{nodes: []*nodeProto{node}, name: "g", initializers: []*tensorProto{tensors}, inputs: []*valueProto{value}, outputs: []*valueProto{value},
			sparse: []*unread{{}}}}
}

// TestWire: what is written is what is read, and nothing of it depends on fields that are not known.
func TestWire(t *testing.T) {
	want := full()
	content := encode(want)
	got := &modelProto{}
	if err := (&reader{}).message(got, content); err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%v: %+v, want %+v", err, got, want)
	}
	for _, unknown := range [][]byte{
		protowire.AppendVarint(protowire.AppendTag(nil, 999, protowire.VarintType), 1<<63),
		protowire.AppendString(protowire.AppendTag(nil, 20, protowire.BytesType), "training"),
		protowire.AppendFixed32(protowire.AppendTag(nil, 77, protowire.Fixed32Type), 1),
		protowire.AppendTag(protowire.AppendTag(nil, 78, protowire.StartGroupType), 78, protowire.EndGroupType),
	} {
		got := &modelProto{}
		if err := (&reader{}).message(got, append(unknown, content...)); err != nil || !bytes.Equal(encode(got), content) {
			t.Errorf("with %x before it: %v", unknown, err)
		}
	}
	apart := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 2) // dims, a field each
	apart = protowire.AppendVarint(protowire.AppendTag(apart, 1, protowire.VarintType), 3)
	v := &tensorProto{}
	if err := (&reader{}).message(v, apart); err != nil || !reflect.DeepEqual(v.dims, []int64{2, 3}) {
		t.Errorf("%v: %v", err, v.dims)
	}
}

// TestCut: a file that is cut off anywhere is an error, or what is there is a model.
func TestCut(t *testing.T) {
	content := encode(full())
	for n := range content {
		err := (&reader{}).message(&modelProto{}, content[:n])
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
	if err := (&reader{}).message(&modelProto{}, content[:len(content)-1]); err == nil {
		t.Error("a file without its last byte is read")
	}
}

// deep is a graph in a graph, so many times.
func deep(n int) []byte {
	var b []byte
	for range n {
		b = protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), b)
	}
	return b
}

// mistaken are models that are refused before anything is built, with what is said of them.
var mistaken = []struct {
	name, want string
	model      func(m *modelProto)
}{
	{"no graph", "it has no graph", func(m *modelProto) { m.graph = nil }},
	{"no outputs", "its graph has no outputs", func(m *modelProto) { m.graph.outputs = nil }},
	{"functions", `it has a function of its own, "f", which is not read`, func(m *modelProto) { m.functions = []*functionProto{{"f", ""}} }},
	{"sparse", "it has sparse initializers", func(m *modelProto) { m.graph.sparse = []*unread{{}} }},
	{"external data", `tensor "w": its numbers are in another file (external data), and there is no folder to look in`, func(m *modelProto) {
		m.graph.initializers[0].external = []*entryProto{{"location", "../../etc/passwd"}}
	}},
	{"external location", `tensor "w": its numbers are in another file`, func(m *modelProto) { m.graph.initializers[0].location = 1 }},
	{"half floats", `tensor "w": elements of type float16: float32, float64, int32, int64 and bool are read`, func(m *modelProto) { m.graph.initializers[0].kind = 10 }},
	{"no such type", `tensor "w": elements of type type 99`, func(m *modelProto) { m.graph.initializers[0].kind = 99 }},
	{"too few numbers", `tensor "w": 4 bytes do not make float32 of shape [2]`, func(m *modelProto) { m.graph.initializers[0].rawData = make([]byte, 4) }},
	{"negative", `tensor "w": a shape of [-2]: at most`, func(m *modelProto) { m.graph.initializers[0].dims = []int64{-2} }},
	{"huge", `tensor "w": a shape of [4611686018427387904 4 4]: at most`, func(m *modelProto) { m.graph.initializers[0].dims = []int64{1 << 62, 4, 4} }},
	{"twice", `two tensors are named "w"`, func(m *modelProto) { m.graph.initializers = append(m.graph.initializers, m.graph.initializers[0]) }},
}

// plain is a model of one node.
func plain() *modelProto {
	value := func(name string) *valueProto {
		return &valueProto{name, &typeProto{&tensorTypeProto{int32(Float32), &shapeProto{[]*dimProto{{name: "batch"}, {size: 2}}}}}}
	}
	return &modelProto{irVersion: 8, opsets: []*opsetProto{{"", 17}}, graph: &graphProto{
		nodes:        []*nodeProto{{op: "Add", name: "sum", inputs: []string{"x", "w"}, outputs: []string{"y"}}},
		initializers: []*tensorProto{(&Tensor{DType: Float32, Shape: []int{2}, Data: []float32{1, 2}}).proto("w")},
		inputs:       []*valueProto{value("x")}, outputs: []*valueProto{value("y")},
	}}
}

func TestMistaken(t *testing.T) {
	for _, c := range mistaken {
		p := plain()
		c.model(p)
		if _, err := Decode(encode(p)); err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want %s", c.name, err, c.want)
		}
	}
	if _, err := Decode(nil); err == nil {
		t.Error("no bytes are a model")
	}
	g := protowire.AppendBytes(protowire.AppendTag(nil, 7, protowire.BytesType), deep(3))
	if _, err := Decode(g); err == nil {
		t.Error("a graph without outputs is read")
	}
}

// TestLimits: many small messages end in an error, not in memory.
func TestLimits(t *testing.T) {
	content := protowire.AppendBytes(protowire.AppendTag(nil, 7, protowire.BytesType), bytes.Repeat([]byte{1<<3 | 2, 0}, mostMessages+1))
	if _, err := Decode(content); err == nil || !strings.HasPrefix(err.Error(), "more than 1048576 nodes") {
		t.Errorf("error %v", err)
	}
}
