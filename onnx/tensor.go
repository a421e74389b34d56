package onnx

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// DType is an element type, with the number that the format gives it.
type DType int32

// The element types that are read. Graphs compute in Float32 and Float64; the others may be what a graph is built from: shapes, axes,
// indices, masks.
const (
	Float32 DType = 1
	Int32   DType = 6
	Int64   DType = 7
	Bool    DType = 9
	Float64 DType = 11
)

// typeNames are the format's names of element types, by number.
var typeNames = []string{"undefined", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool", "float16", "float64",
	"uint32", "uint64", "complex64", "complex128", "bfloat16"}

func (d DType) String() string {
	if d >= 0 && int(d) < len(typeNames) {
		return typeNames[d]
	}
	return fmt.Sprintf("type %d", int32(d))
}

// float reports whether graphs compute with the type.
func (d DType) float() bool { return d == Float32 || d == Float64 }

// Tensor is an array, the last dimension running fastest. Data is []float32 of Float32, []float64 of Float64, and []int64 of Int32,
// Int64 and Bool, whose truths are 1 and 0. It has as many elements as Shape says; an empty Shape is one number.
type Tensor struct {
	DType DType
	Shape []int
	Data  any
}

// size is the number of elements of a shape.
func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// mostElements is of a tensor.
const mostElements = 1<<31 - 1

// shapeOf checks dimensions.
func shapeOf(dims []int64) ([]int, error) {
	n := int64(1)
	shape := make([]int, len(dims))
	for i, d := range dims {
		if d < 0 || d > 0 && n > mostElements/d {
			return nil, fmt.Errorf("a shape of %v: at most %d elements are read", dims, mostElements)
		}
		n *= max(d, 1)
		shape[i] = int(d)
	}
	return shape, nil
}

// elementBytes is the size of an element in raw_data.
var elementBytes = map[DType]int{Float32: 4, Float64: 8, Int32: 4, Int64: 8, Bool: 1}

// tensor is what a TensorProto holds. It is an error that names it where it is of a type that is not read, where its numbers are in
// another file that is not found, or where they are not as many as its shape says.
func (t *tensorProto) tensor(e *external) (*Tensor, error) {
	v, err := t.read(e)
	if err != nil {
		return nil, fmt.Errorf("tensor %.80q: %w", t.name, err)
	}
	return v, nil
}

func (t *tensorProto) read(e *external) (*Tensor, error) {
	const elsewhere = 1
	dt := DType(t.kind)
	shape, err := shapeOf(t.dims)
	switch {
	case err != nil:
		return nil, err
	case t.segment != nil:
		return nil, errors.New("it is a segment of a tensor: save it whole")
	case elementBytes[dt] == 0:
		return nil, &unreadType{dt}
	}
	v := &Tensor{DType: dt, Shape: shape}
	n, raw := size(shape), t.rawData
	if t.location == elsewhere || len(t.external) > 0 {
		if raw, err = e.numbers(t, n*elementBytes[dt]); err != nil {
			return nil, err
		}
	}
	if raw != nil {
		if n*elementBytes[dt] != len(raw) {
			return nil, fmt.Errorf("%d bytes do not make %s of shape %v", len(raw), dt, shape)
		}
		v.Data = decoded(dt, raw, n)
		return v, nil
	}
	has := 0
	switch dt {
	case Float32:
		v.Data, has = t.floats, len(t.floats)
	case Float64:
		v.Data, has = t.doubles, len(t.doubles)
	case Int64:
		v.Data, has = t.int64s, len(t.int64s)
	default:
		v.Data, has = widened(t.int32s), len(t.int32s)
	}
	if has != n {
		return nil, fmt.Errorf("%d numbers do not make %s of shape %v", has, dt, shape)
	}
	return v, nil
}

// unreadType is the error of an element type that is not read.
type unreadType struct{ DType }

func (e *unreadType) Error() string {
	return fmt.Sprintf("elements of type %s: float32, float64, int32, int64 and bool are read", e.DType)
}

// decoded are n little-endian elements.
func decoded(dt DType, b []byte, n int) any {
	switch dt {
	case Float32:
		return little[float32](b, n)
	case Float64:
		return little[float64](b, n)
	case Int64:
		return little[int64](b, n)
	case Int32:
		return widened(little[int32](b, n))
	}
	return widened(little[int8](b, n))
}

func little[T float32 | float64 | int64 | int32 | int8](b []byte, n int) []T {
	out := make([]T, n)
	if _, err := binary.Decode(b, binary.LittleEndian, out); err != nil {
		panic("onnx: " + err.Error()) // our own bug: the lengths are the same
	}
	return out
}

func widened[T int32 | int8](in []T) []int64 {
	out := make([]int64, len(in))
	for i, v := range in {
		out[i] = int64(v)
	}
	return out
}

// proto is the tensor as the format has it. Only Float32, Float64 and Int64 are written.
func (t *Tensor) proto(name string) *tensorProto {
	p := &tensorProto{name: name, kind: int32(t.DType)}
	for _, d := range t.Shape {
		p.dims = append(p.dims, int64(d))
	}
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, t.Data); err != nil {
		panic("onnx: " + err.Error()) // our own bug: a slice of numbers
	}
	p.rawData = b.Bytes()
	return p
}

// check holds what a caller gives to what a Tensor is.
func (t *Tensor) check() error {
	n, has := size(t.Shape), -1
	switch d := t.Data.(type) {
	case []float32:
		if t.DType == Float32 {
			has = len(d)
		}
	case []float64:
		if t.DType == Float64 {
			has = len(d)
		}
	case []int64:
		if t.DType == Int32 || t.DType == Int64 || t.DType == Bool {
			has = len(d)
		}
	}
	if has != n || slices.ContainsFunc(t.Shape, func(d int) bool { return d < 0 }) {
		return fmt.Errorf("%T do not make %s of shape %v", t.Data, t.DType, t.Shape)
	}
	return nil
}
