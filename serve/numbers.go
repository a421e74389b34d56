package serve

import "strconv"

// numbers appends the n numbers of a JSON array, which is flat or nested as the shape is, to x, which has room for them. The JSON is
// known to be valid.
func numbers(x []float64, data []byte, shape []int, n int) ([]float64, *failure) {
	var starts []int      // of the arrays that are open: how many numbers there were
	nested, depth := 0, 0 // of the arrays, and of the first number
	for at := 0; at < len(data); {
		switch b := data[at]; {
		case b == '[':
			starts = append(starts, len(x))
			nested = max(nested, len(starts))
			at++
		case b == ']':
			last := len(starts) - 1
			if has, want := len(x)-starts[last], product(shape[min(last, len(shape)):]); nested > 1 && (nested != len(shape) || has != want) {
				return x, wrong("input: data is nested otherwise than its shape %v", shape)
			}
			starts = starts[:last]
			at++
		case b == ',' || b == ' ' || b == '\t' || b == '\n' || b == '\r':
			at++
		default:
			if len(starts) == 0 {
				return x, wrong("input: data is %.20s: want an array of numbers", data[at:])
			}
			end := endOf(data[at:])
			if len(x) == 0 {
				depth = len(starts)
			}
			v, err := strconv.ParseFloat(string(data[at:at+end]), 64)
			if err != nil {
				return x, wrong("input: data has %.20s: want a number", data[at:at+end])
			}
			if depth != len(starts) {
				return x, wrong("input: data is nested otherwise than its shape %v", shape)
			}
			if len(x) == n {
				return x, wrong("input: data has more numbers than its shape %v", shape)
			}
			x = append(x, v)
			at += end
		}
	}
	if len(x) != n {
		return x, wrong("input: data has %d numbers, its shape %v %d", len(x), shape, n)
	}
	return x, nil
}

// endOf is where an element of an array ends.
func endOf(data []byte) int {
	for i, b := range data {
		if b == ',' || b == ']' || b <= ' ' {
			return i
		}
	}
	return len(data)
}

func product(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
