package onnx

import (
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// What a file may cost beside itself. A message in memory is larger than its two bytes in a file may be, and a number of one byte
// takes eight: with these limits reading takes at most 16 times the file and 256 MB.
const (
	mostMessages = 1 << 20 // nodes, attributes, tensors and texts
	mostDepth    = 32      // messages in messages
)

// message is what a table of fields reads and writes.
type message interface{ fields() []field }

// field is a field of a message: its number in the format, and how it is read and written.
type field struct {
	number protowire.Number
	name   string // in the format's description
	codec
}

// codec reads a field's content into a Go value, and writes that.
type codec interface {
	// read takes one occurrence of the field; content is the bytes of a protowire.BytesType.
	read(r *reader, t protowire.Type, number uint64, content []byte) error
	// write appends the field; nothing where it has the value that the format takes for a missing one.
	write(b []byte, n protowire.Number) []byte
}

// reader counts what has been read.
type reader struct{ messages, depth int }

var errWire = errors.New("the bytes are no ONNX model (is this an ONNX file? is it whole?)")

// one counts a message or a text.
func (r *reader) one() error {
	if r.messages++; r.messages > mostMessages {
		return fmt.Errorf("more than %d nodes, attributes, tensors and texts, which are as many as are read", mostMessages)
	}
	return nil
}

// message reads the fields that its table has, and skips all others.
func (r *reader) message(m message, b []byte) error {
	if r.depth++; r.depth > mostDepth {
		return fmt.Errorf("graphs in graphs, more than %d deep", mostDepth)
	}
	defer func() { r.depth-- }()
	fields := m.fields()
	for len(b) > 0 {
		n, t, size := protowire.ConsumeTag(b)
		if size < 0 {
			return errWire
		}
		b = b[size:]
		if size = protowire.ConsumeFieldValue(n, t, b); size < 0 {
			return errWire
		}
		value := b[:size]
		b = b[size:]
		for _, f := range fields {
			if f.number != n {
				continue
			}
			if err := r.field(f, t, value); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *reader) field(f field, t protowire.Type, value []byte) error {
	var number uint64
	switch t {
	case protowire.VarintType:
		number, _ = protowire.ConsumeVarint(value)
	case protowire.Fixed32Type:
		bits, _ := protowire.ConsumeFixed32(value)
		number = uint64(bits)
	case protowire.Fixed64Type:
		number, _ = protowire.ConsumeFixed64(value)
	case protowire.BytesType:
		value, _ = protowire.ConsumeBytes(value)
	default:
		return errWire
	}
	err := f.read(r, t, number, value)
	if errors.Is(err, errWire) {
		return fmt.Errorf("field %s: %w", f.name, errWire)
	}
	return err
}

// encode is a message as bytes.
func encode(m message) (b []byte) {
	for _, f := range m.fields() {
		b = f.write(b, f.number)
	}
	return b
}

// whole is one whole number, or an enumeration; zero is written only where it says more than a missing one.
type whole[T ~int32 | ~int64] struct {
	to   *T
	zero bool
}

func (c whole[T]) read(_ *reader, t protowire.Type, number uint64, _ []byte) error {
	if t != protowire.VarintType {
		return errWire
	}
	*c.to = T(number)
	return nil
}

func (c whole[T]) write(b []byte, n protowire.Number) []byte {
	if *c.to == 0 && !c.zero {
		return b
	}
	return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), uint64(int64(*c.to)))
}

// single is one float, with the same zero.
type single struct {
	to   *float32
	zero bool
}

func (c single) read(_ *reader, t protowire.Type, number uint64, _ []byte) error {
	if t != protowire.Fixed32Type {
		return errWire
	}
	*c.to = math.Float32frombits(uint32(number))
	return nil
}

func (c single) write(b []byte, n protowire.Number) []byte {
	if *c.to == 0 && !c.zero {
		return b
	}
	return protowire.AppendFixed32(protowire.AppendTag(b, n, protowire.Fixed32Type), math.Float32bits(*c.to))
}

// text is one text, which is UTF-8.
type text struct{ to *string }

func (c text) read(r *reader, t protowire.Type, _ uint64, content []byte) error {
	if t != protowire.BytesType || !utf8.Valid(content) {
		return errWire
	}
	*c.to = string(content)
	return r.one()
}

func (c text) write(b []byte, n protowire.Number) []byte {
	if *c.to == "" {
		return b
	}
	return protowire.AppendString(protowire.AppendTag(b, n, protowire.BytesType), *c.to)
}

// raw is bytes, which are not copied when they are read.
type raw struct{ to *[]byte }

func (c raw) read(_ *reader, t protowire.Type, _ uint64, content []byte) error {
	if t != protowire.BytesType {
		return errWire
	}
	*c.to = content
	return nil
}

func (c raw) write(b []byte, n protowire.Number) []byte {
	if *c.to == nil {
		return b
	}
	return protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), *c.to)
}

// list is a repeated text or bytes.
type list[T ~string | ~[]byte] struct{ to *[]T }

func (c list[T]) read(r *reader, t protowire.Type, _ uint64, content []byte) error {
	if t != protowire.BytesType {
		return errWire
	}
	*c.to = append(*c.to, T(content))
	return r.one()
}

func (c list[T]) write(b []byte, n protowire.Number) []byte {
	for _, v := range *c.to {
		b = protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), []byte(v))
	}
	return b
}

// numbers are repeated numbers, in one field together or in a field each.
type numbers[T int32 | int64 | uint64 | float32 | float64] struct{ to *[]T }

func (c numbers[T]) read(_ *reader, t protowire.Type, number uint64, content []byte) error {
	want := c.wire()
	if t == want {
		*c.to = append(*c.to, c.of(number))
		return nil
	}
	if t != protowire.BytesType {
		return errWire
	}
	for len(content) > 0 {
		v, size := consume(want, content)
		if size < 0 {
			return errWire
		}
		*c.to, content = append(*c.to, c.of(v)), content[size:]
	}
	return nil
}

// wire is how one number is written.
func (c numbers[T]) wire() protowire.Type {
	switch any(T(0)).(type) {
	case float32:
		return protowire.Fixed32Type
	case float64:
		return protowire.Fixed64Type
	}
	return protowire.VarintType
}

func consume(t protowire.Type, b []byte) (uint64, int) {
	switch t {
	case protowire.Fixed32Type:
		v, size := protowire.ConsumeFixed32(b)
		return uint64(v), size
	case protowire.Fixed64Type:
		return protowire.ConsumeFixed64(b)
	}
	return protowire.ConsumeVarint(b)
}

// of is the number that bits stand for.
func (c numbers[T]) of(bits uint64) T {
	switch any(T(0)).(type) {
	case float32:
		return T(math.Float32frombits(uint32(bits)))
	case float64:
		return T(math.Float64frombits(bits))
	}
	return T(bits)
}

func (c numbers[T]) write(b []byte, n protowire.Number) []byte {
	if len(*c.to) == 0 {
		return b
	}
	var packed []byte
	for _, v := range *c.to {
		switch v := any(v).(type) {
		case float32:
			packed = protowire.AppendFixed32(packed, math.Float32bits(v))
		case float64:
			packed = protowire.AppendFixed64(packed, math.Float64bits(v))
		case int32:
			packed = protowire.AppendVarint(packed, uint64(int64(v)))
		case int64:
			packed = protowire.AppendVarint(packed, uint64(v))
		case uint64:
			packed = protowire.AppendVarint(packed, v)
		}
	}
	return protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), packed)
}

// nested is a message in a message; nil where it is missing.
type nested[M any, P interface {
	*M
	message
}] struct{ to *P }

func nestedOf[M any, P interface {
	*M
	message
}](to *P) codec {
	return nested[M, P]{to}
}

func (c nested[M, P]) read(r *reader, t protowire.Type, _ uint64, content []byte) error {
	if t != protowire.BytesType {
		return errWire
	}
	if *c.to == nil { // a second occurrence adds to the first
		*c.to = P(new(M))
	}
	if err := r.one(); err != nil {
		return err
	}
	return r.message(*c.to, content)
}

func (c nested[M, P]) write(b []byte, n protowire.Number) []byte {
	if *c.to == nil {
		return b
	}
	return protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), encode(*c.to))
}

// several are repeated messages.
type several[M any, P interface {
	*M
	message
}] struct{ to *[]P }

func severalOf[M any, P interface {
	*M
	message
}](to *[]P) codec {
	return several[M, P]{to}
}

func (c several[M, P]) read(r *reader, t protowire.Type, _ uint64, content []byte) error {
	if t != protowire.BytesType {
		return errWire
	}
	if err := r.one(); err != nil {
		return err
	}
	m := P(new(M))
	*c.to = append(*c.to, m)
	return r.message(m, content)
}

func (c several[M, P]) write(b []byte, n protowire.Number) []byte {
	for _, m := range *c.to {
		b = protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), encode(m))
	}
	return b
}
