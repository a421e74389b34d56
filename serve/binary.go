package serve

import (
	"encoding/binary"
	"math"
	"strconv"
)

// headerLength is the header of the extension for binary tensors: how many bytes of a body are JSON. What follows are the tensors, in
// little-endian order.
const headerLength = "Inference-Header-Content-Length"

// widths are the bytes of a number of the types that are read.
var widths = map[string]int{"FP32": 4, "FP64": 8}

// split cuts a body behind its JSON.
func split(body []byte, header string) (text, behind []byte, f *failure) {
	if header == "" {
		return body, nil, nil
	}
	n, err := strconv.Atoi(header)
	if err != nil || n < 0 || n > len(body) {
		return nil, nil, wrong("%s is %.20q: the body has %d bytes", headerLength, header, len(body))
	}
	return body[:n], body[n:], nil
}

// floatsOf appends little-endian numbers of so many bytes.
func floatsOf(x []float64, b []byte, width int) []float64 {
	for ; len(b) >= width; b = b[width:] {
		if width == 4 {
			x = append(x, float64(math.Float32frombits(binary.LittleEndian.Uint32(b))))
		} else {
			x = append(x, math.Float64frombits(binary.LittleEndian.Uint64(b)))
		}
	}
	return x
}

// appendFloats appends numbers as the model's type has them.
func appendFloats(b []byte, y []float64, width int) []byte {
	for _, v := range y {
		if width == 4 {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
		} else {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
	}
	return b
}

// appendText appends an element of BYTES.
func appendText(b []byte, text string) []byte {
	return append(binary.LittleEndian.AppendUint32(b, uint32(len(text))), text...)
}
