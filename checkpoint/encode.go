package checkpoint

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"unicode/utf8"
)

const (
	metadataKey = "__metadata__"
	maxRank     = 64
	alignment   = 8 // bytes; the header is padded so that the data starts at a multiple
)

// Encode returns the bytes of a safetensors file. Tensors of float64 and int64 come first, so that every number lies at a multiple
// of its size; otherwise the order stays.
func Encode(ts []Tensor, meta map[string]string) ([]byte, error) {
	types := make(map[string]string, len(ts)) // name to element type
	total := 0
	if len(ts) > maxNames || len(meta) > maxNames {
		return nil, fmt.Errorf("%d tensors and %d lines of metadata, at most %d of each are read; write several files", len(ts), len(meta), maxNames)
	}
	for _, t := range ts {
		dtype, n, err := describe(t)
		if err != nil {
			return nil, err
		}
		if _, twice := types[t.Name]; twice {
			return nil, fmt.Errorf("tensor %.80q: two tensors have this name; rename one", t.Name)
		}
		types[t.Name] = dtype
		total += n * dtypes[dtype].size
	}
	ts = slices.Clone(ts)
	slices.SortStableFunc(ts, func(a, b Tensor) int { return dtypes[types[b.Name]].size - dtypes[types[a.Name]].size })

	var header bytes.Buffer
	header.WriteByte('{')
	if len(meta) > 0 {
		for key, value := range meta {
			if !utf8.ValidString(key) || !utf8.ValidString(value) {
				return nil, fmt.Errorf("metadata %.80q: not valid UTF-8; encode it as text", key)
			}
		}
		writeEntry(&header, metadataKey, meta) // encoding/json sorts the keys
	}
	offset := 0
	for _, t := range ts {
		dtype := types[t.Name]
		size := count(t.Data) * dtypes[dtype].size
		writeEntry(&header, t.Name, struct {
			DType   string `json:"dtype"`
			Shape   []int  `json:"shape"`
			Offsets [2]int `json:"data_offsets"`
		}{dtype, append([]int{}, t.Shape...), [2]int{offset, offset + size}})
		offset += size
	}
	header.WriteByte('}')
	for header.Len()%alignment != 0 {
		header.WriteByte(' ')
	}
	if header.Len() > maxHeader {
		return nil, fmt.Errorf("the header has %d bytes, at most %d are read; shorten the metadata", header.Len(), maxHeader)
	}

	file := make([]byte, 0, 8+header.Len()+total)
	file = binary.LittleEndian.AppendUint64(file, uint64(header.Len()))
	file = append(file, header.Bytes()...)
	for _, t := range ts {
		var err error
		if file, err = binary.Append(file, binary.LittleEndian, t.Data); err != nil {
			return nil, fmt.Errorf("tensor %.80q: %w", t.Name, err)
		}
	}
	return file, nil
}

// writeEntry appends one member of the header's JSON object.
func writeEntry(w *bytes.Buffer, key string, value any) {
	if w.Len() > 1 {
		w.WriteByte(',')
	}
	// Text, integers and maps of text always have a JSON form.
	k, _ := json.Marshal(key)
	v, _ := json.Marshal(value)
	w.Write(k)
	w.WriteByte(':')
	w.Write(v)
}

// count is the number of elements.
func count(data any) int {
	switch d := data.(type) {
	case []float32:
		return len(d)
	case []float64:
		return len(d)
	case []int64:
		return len(d)
	}
	return 0
}

// describe checks a tensor and returns its element type and number of elements.
func describe(t Tensor) (dtype string, n int, err error) {
	switch t.Data.(type) {
	case []float32:
		dtype = "F32"
	case []float64:
		dtype = "F64"
	case []int64:
		dtype = "I64"
	default:
		return "", 0, fmt.Errorf("tensor %.80q: data of type %T; pass []float32, []float64 or []int64", t.Name, t.Data)
	}
	if t.Name == metadataKey || !utf8.ValidString(t.Name) {
		return "", 0, fmt.Errorf("tensor %.80q: no name for a tensor; choose another in valid UTF-8", t.Name)
	}
	n, ok := product(t.Shape)
	if !ok || len(t.Shape) > maxRank {
		return "", 0, fmt.Errorf("tensor %.80q: shape %v is negative, too large or has more than %d dimensions; correct it", t.Name, t.Shape, maxRank)
	}
	if have := count(t.Data); have != n {
		return "", 0, fmt.Errorf("tensor %.80q: %d elements for shape %v, which has %d; correct one of them", t.Name, have, t.Shape, n)
	}
	return dtype, n, nil
}

// product multiplies the dimensions; not ok if one is negative or the bytes of so many numbers cannot be counted.
func product(shape []int) (n int, ok bool) {
	p := uint64(1)
	for _, d := range shape {
		high, low := bits.Mul64(p, uint64(d))
		if d < 0 || high != 0 || low > math.MaxInt/8 {
			return 0, false
		}
		p = low
	}
	return int(p), true
}
