package checkpoint

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/stheno/stheno/internal/memory"
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
// none. The element types F32, F64, I64, F16 and BF16 are read, the last two as float32. The tensors are copies.
func Decode(file []byte) ([]Tensor, map[string]string, error) {
	if err := foreign(file); err != nil {
		return nil, nil, err
	}
	header, data, err := split(file)
	if err != nil {
		return nil, nil, err
	}
	return decode(header, bytes.NewReader(data), int64(len(data)))
}

// unknown is the size of what can only be read to find it out.
const unknown int64 = -1

// decode reads the tensors that a header tells of. There are so many bytes of data, or unknown.
func decode(header []byte, data io.Reader, size int64) ([]Tensor, map[string]string, error) {
	entries, meta, err := parseHeader(header)
	if err != nil {
		return nil, nil, err
	}
	end, err := layout(entries, size)
	if err != nil {
		return nil, nil, err
	}
	held := 0.
	for _, e := range entries {
		held += float64((e.end - e.start) / dtypes[e.dtype].size * dtypes[e.dtype].held)
	}
	if err := memory.Fits(held); err != nil {
		return nil, nil, fmt.Errorf("the tensors have %d bytes: %w: take a smaller net", end, err)
	}
	ts := make([]Tensor, 0, len(entries))
	for _, e := range entries {
		t := Tensor{Name: e.name, Shape: e.shape}
		t.Data, err = dtypes[e.dtype].read(data, (e.end-e.start)/dtypes[e.dtype].size, size != unknown)
		if err != nil {
			return nil, nil, fmt.Errorf("tensor %.80q: %w", e.name, err)
		}
		ts = append(ts, t)
	}
	if n, _ := io.ReadFull(data, make([]byte, 1)); n > 0 {
		return nil, nil, damaged("what follows the last tensor belongs to none")
	}
	return ts, meta, nil
}

// layout sorts the tensors as they lie in the data, and gives its size in bytes: they must lie side by side from the first byte to the
// last. Empty ones come before what starts at their place.
func layout(entries []entry, size int64) (end int, err error) {
	slices.SortStableFunc(entries, func(a, b entry) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) })
	for _, e := range entries {
		switch n, ok := product(e.shape); {
		case e.end < e.start:
			return 0, damaged("tensor %.80q: ends at byte %d before it starts at %d", e.name, e.end, e.start)
		case size != unknown && int64(e.end) > size:
			return 0, damaged("tensor %.80q: bytes %d to %d, the file has %d", e.name, e.start, e.end, size)
		case e.start < end:
			return 0, damaged("tensor %.80q: starts at byte %d, where another one still lies", e.name, e.start)
		case e.start > end:
			return 0, damaged("tensor %.80q: bytes %d to %d before it belong to no tensor", e.name, end, e.start)
		case !ok || n > (e.end-e.start)/dtypes[e.dtype].size || n*dtypes[e.dtype].size != e.end-e.start:
			return 0, damaged("tensor %.80q: %d bytes do not make %s of shape %v", e.name, e.end-e.start, e.dtype, e.shape)
		}
		end = e.end
	}
	if size != unknown && int64(end) != size {
		return 0, damaged("the last %d bytes belong to no tensor", size-int64(end))
	}
	return end, nil
}

// split cuts a file behind the header.
func split(file []byte) (header, data []byte, err error) {
	n, err := headerSize(file)
	if err != nil {
		return nil, nil, err
	}
	rest := file[8:]
	if n > len(rest) {
		return nil, nil, shortHeader(n, len(rest))
	}
	return rest[:n], rest[n:], nil
}

func shortHeader(n, has int) error {
	return damaged("a header of %d bytes, the file has %d after its length", n, has)
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
