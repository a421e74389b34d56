package checkpoint

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// An entry is what the header says of one tensor.
type entry struct {
	name       string
	dtype      string
	shape      []int
	start, end int // of its bytes, counted from the end of the header
}

// damaged is the error of a file that breaks the format.
func damaged(format string, args ...any) error {
	return fmt.Errorf("%s: the file is damaged; take another copy", fmt.Sprintf(format, args...))
}

// Decode reads the bytes of a safetensors file: the tensors in the order of their data, and the metadata, nil if there is
// none. Only the element types F32 and F64 are read. The tensors are copies.
func Decode(file []byte) ([]Tensor, map[string]string, error) {
	if err := foreign(file); err != nil {
		return nil, nil, err
	}
	header, data, err := split(file)
	if err != nil {
		return nil, nil, err
	}
	entries, meta, err := parseHeader(header)
	if err != nil {
		return nil, nil, err
	}
	// The tensors must lie side by side from the first byte to the last. Empty ones come before what starts at their place.
	slices.SortStableFunc(entries, func(a, b entry) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return a.end - b.end
	})
	ts := make([]Tensor, 0, len(entries))
	at := 0
	for _, e := range entries {
		switch n, ok := product(e.shape); {
		case e.end < e.start:
			return nil, nil, damaged("tensor %.80q: ends at byte %d before it starts at %d", e.name, e.end, e.start)
		case e.end > len(data):
			return nil, nil, damaged("tensor %.80q: bytes %d to %d, the file has %d", e.name, e.start, e.end, len(data))
		case e.start < at:
			return nil, nil, damaged("tensor %.80q: starts at byte %d, where another one still lies", e.name, e.start)
		case e.start > at:
			return nil, nil, damaged("tensor %.80q: bytes %d to %d before it belong to no tensor", e.name, at, e.start)
		case !ok || n > (e.end-e.start)/elementSize[e.dtype] || n*elementSize[e.dtype] != e.end-e.start:
			return nil, nil, damaged("tensor %.80q: %d bytes do not make %s of shape %v", e.name, e.end-e.start, e.dtype, e.shape)
		}
		ts = append(ts, Tensor{e.name, e.shape, numbers(e.dtype, data[e.start:e.end])})
		at = e.end
	}
	if at != len(data) {
		return nil, nil, damaged("the last %d bytes belong to no tensor", len(data)-at)
	}
	return ts, meta, nil
}

// split cuts a file behind the header.
func split(file []byte) (header, data []byte, err error) {
	n, err := headerSize(file)
	if err != nil {
		return nil, nil, err
	}
	rest := file[8:]
	if n > len(rest) {
		return nil, nil, damaged("a header of %d bytes, the file has %d after its length", n, len(rest))
	}
	return rest[:n], rest[n:], nil
}

// headerSize reads the header's length in bytes from the start of a file.
func headerSize(file []byte) (int, error) {
	if len(file) < 8 {
		return 0, damaged("%d bytes, a safetensors file has at least 10", len(file))
	}
	switch n := binary.LittleEndian.Uint64(file); {
	case n > formatMost:
		return 0, damaged("a header of %d bytes, the format allows %d (is this a safetensors file?)", n, formatMost)
	case n > maxHeader:
		return 0, fmt.Errorf("a header of %d bytes, at most %d are read: split the file, or shorten its metadata", n, maxHeader)
	default:
		return int(n), nil
	}
}

// numbers copies little-endian bytes, whose length fits the type.
func numbers(dtype string, b []byte) any {
	var data any
	if dtype == "F32" {
		data = make([]float32, len(b)/4)
	} else {
		data = make([]float64, len(b)/8)
	}
	if _, err := binary.Decode(b, binary.LittleEndian, data); err != nil {
		panic("checkpoint: " + err.Error()) // our own bug: the lengths were compared
	}
	return data
}
