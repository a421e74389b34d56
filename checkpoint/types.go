package checkpoint

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"
)

// dtype is an element type that is read.
type dtype struct {
	size int // bytes in the file
	held int // bytes in memory
	read func(r io.Reader, n int, there bool) (any, error)
}

// dtypes are the element types, by their names in a header. Those of half the size become float32, which holds all of their numbers.
var dtypes = map[string]dtype{
	"F32":  {4, 4, reader(func(x float32) float32 { return x })},
	"F64":  {8, 8, reader(func(x float64) float64 { return x })},
	"I64":  {8, 8, reader(func(x int64) int64 { return x })},
	"F16":  {2, 4, reader(half)},
	"BF16": {2, 4, reader(func(b uint16) float32 { return math.Float32frombits(uint32(b) << 16) })},
}

// half is the number of IEEE 754's binary16.
func half(b uint16) float32 {
	sign, exponent, fraction := uint32(b>>15)<<31, uint32(b>>10&31), uint32(b&1023)
	switch exponent {
	case 0:
		return math.Float32frombits(sign | math.Float32bits(float32(fraction)/(1<<24)))
	case 31: // infinite, or no number
		return math.Float32frombits(sign | 255<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}

// chunk is how many numbers are read at once.
const chunk = 1 << 13

// reader reads n little-endian numbers, each through convert. Where they are not known to be there, no more memory is set aside than
// has been read.
func reader[S, T any](convert func(S) T) func(r io.Reader, n int, there bool) (any, error) {
	return func(r io.Reader, n int, there bool) (any, error) {
		room := n
		if !there {
			room = min(n, chunk)
		}
		out := make([]T, 0, room)
		part := make([]S, min(n, chunk))
		size := binary.Size(*new(S))
		buffer := make([]byte, len(part)*size)
		for len(out) < n {
			part = part[:min(n-len(out), chunk)]
			switch _, err := io.ReadFull(r, buffer[:len(part)*size]); {
			case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
				return nil, damaged("the file ends in it")
			case err != nil:
				return nil, err
			}
			if _, err := binary.Decode(buffer[:len(part)*size], binary.LittleEndian, part); err != nil {
				panic("checkpoint: " + err.Error()) // our own bug: the lengths are the same
			}
			out = slices.Grow(out, len(part))
			for _, x := range part {
				out = append(out, convert(x))
			}
		}
		return out, nil
	}
}
