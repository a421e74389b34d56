package onnx

// The messages of the format, with the fields that matter; others are skipped. Names and numbers are those of onnx.proto.

type modelProto struct {
	irVersion       int64
	producerName    string
	producerVersion string
	graph           *graphProto
	opsets          []*opsetProto
	metadata        []*entryProto
	functions       []*functionProto
}

func (m *modelProto) fields() []field {
	return []field{
		{1, "ir_version", whole[int64]{to: &m.irVersion}},
		{2, "producer_name", text{&m.producerName}},
		{3, "producer_version", text{&m.producerVersion}},
		{7, "graph", nestedOf(&m.graph)},
		{8, "opset_import", severalOf(&m.opsets)},
		{14, "metadata_props", severalOf(&m.metadata)},
		{25, "functions", severalOf(&m.functions)},
	}
}

type opsetProto struct {
	domain  string
	version int64
}

func (o *opsetProto) fields() []field {
	return []field{{1, "domain", text{&o.domain}}, {2, "version", whole[int64]{to: &o.version}}}
}

// entryProto is a StringStringEntryProto.
type entryProto struct{ key, value string }

func (e *entryProto) fields() []field {
	return []field{{1, "key", text{&e.key}}, {2, "value", text{&e.value}}}
}

// functionProto is known by its name only.
type functionProto struct{ name, domain string }

func (f *functionProto) fields() []field {
	return []field{{1, "name", text{&f.name}}, {10, "domain", text{&f.domain}}}
}

type graphProto struct {
	nodes           []*nodeProto
	name            string
	initializers    []*tensorProto
	inputs, outputs []*valueProto
	sparse          []*unread
}

func (g *graphProto) fields() []field {
	return []field{
		{1, "node", severalOf(&g.nodes)},
		{2, "name", text{&g.name}},
		{5, "initializer", severalOf(&g.initializers)},
		{11, "input", severalOf(&g.inputs)},
		{12, "output", severalOf(&g.outputs)},
		{15, "sparse_initializer", severalOf(&g.sparse)},
	}
}

// unread is a message that is only known to be there.
type unread struct{}

func (*unread) fields() []field { return nil }

type nodeProto struct {
	inputs, outputs  []string
	name, op, domain string
	attributes       []*attributeProto
}

func (n *nodeProto) fields() []field {
	return []field{
		{1, "input", list[string]{&n.inputs}},
		{2, "output", list[string]{&n.outputs}},
		{3, "name", text{&n.name}},
		{4, "op_type", text{&n.op}},
		{5, "attribute", severalOf(&n.attributes)},
		{7, "domain", text{&n.domain}},
	}
}

// The types of attributes.
const (
	attributeFloat   = 1
	attributeInt     = 2
	attributeText    = 3
	attributeTensor  = 4
	attributeGraph   = 5
	attributeFloats  = 6
	attributeInts    = 7
	attributeStrings = 8
)

type attributeProto struct {
	name      string
	f         float32
	i         int64
	s         []byte
	t         *tensorProto
	floats    []float32
	ints      []int64
	strings   [][]byte
	kind      int32
	reference string
}

func (a *attributeProto) fields() []field {
	return []field{
		{1, "name", text{&a.name}},
		{2, "f", single{&a.f, a.kind == attributeFloat}},
		{3, "i", whole[int64]{&a.i, a.kind == attributeInt}},
		{4, "s", raw{&a.s}},
		{5, "t", nestedOf(&a.t)},
		{7, "floats", numbers[float32]{&a.floats}},
		{8, "ints", numbers[int64]{&a.ints}},
		{9, "strings", list[[]byte]{&a.strings}},
		{20, "type", whole[int32]{to: &a.kind}},
		{21, "ref_attr_name", text{&a.reference}},
	}
}

// tensorProto has its numbers in one of the fields with data in their names, or in another file.
type tensorProto struct {
	dims     []int64
	kind     int32
	floats   []float32
	int32s   []int32
	int64s   []int64
	name     string
	rawData  []byte
	doubles  []float64
	uint64s  []uint64
	external []*entryProto
	location int32
	segment  *unread
}

func (t *tensorProto) fields() []field {
	return []field{
		{1, "dims", numbers[int64]{&t.dims}},
		{2, "data_type", whole[int32]{to: &t.kind}},
		{3, "segment", nestedOf(&t.segment)},
		{4, "float_data", numbers[float32]{&t.floats}},
		{5, "int32_data", numbers[int32]{&t.int32s}},
		{7, "int64_data", numbers[int64]{&t.int64s}},
		{8, "name", text{&t.name}},
		{9, "raw_data", raw{&t.rawData}},
		{10, "double_data", numbers[float64]{&t.doubles}},
		{11, "uint64_data", numbers[uint64]{&t.uint64s}},
		{13, "external_data", severalOf(&t.external)},
		{14, "data_location", whole[int32]{to: &t.location}},
	}
}

// valueProto is a ValueInfoProto: the name and the type of an input or output.
type valueProto struct {
	name string
	kind *typeProto
}

func (v *valueProto) fields() []field {
	return []field{{1, "name", text{&v.name}}, {2, "type", nestedOf(&v.kind)}}
}

// typeProto is the type of a tensor; of other values it has nothing.
type typeProto struct{ tensor *tensorTypeProto }

func (t *typeProto) fields() []field {
	return []field{{1, "tensor_type", nestedOf(&t.tensor)}}
}

type tensorTypeProto struct {
	kind  int32
	shape *shapeProto
}

func (t *tensorTypeProto) fields() []field {
	return []field{{1, "elem_type", whole[int32]{to: &t.kind}}, {2, "shape", nestedOf(&t.shape)}}
}

type shapeProto struct{ dims []*dimProto }

func (s *shapeProto) fields() []field { return []field{{1, "dim", severalOf(&s.dims)}} }

// dimProto is a dimension's size, or the name of one that differs from run to run.
type dimProto struct {
	size int64
	name string
}

func (d *dimProto) fields() []field {
	return []field{{1, "dim_value", whole[int64]{to: &d.size}}, {2, "dim_param", text{&d.name}}}
}
