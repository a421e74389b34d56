package models

// floats are numbers of one of the two types.
type floats struct {
	f32 []float32
	f64 []float64
}

func floatsOf(host any) floats {
	if f, ok := host.([]float32); ok {
		return floats{f32: f}
	}
	return floats{f64: host.([]float64)}
}

func (f floats) len() int { return len(f.f32) + len(f.f64) }

func (f floats) data() any {
	if f.f32 != nil {
		return f.f32
	}
	return f.f64
}

// set copies n numbers of another slice, from there, to here.
func (f floats) set(to int, g floats, from, n int) {
	switch {
	case f.f32 != nil && g.f32 != nil:
		copy(f.f32[to:to+n], g.f32[from:])
	case f.f32 != nil:
		convert(f.f32[to:to+n], g.f64[from:])
	case g.f64 != nil:
		copy(f.f64[to:to+n], g.f64[from:])
	default:
		convert(f.f64[to:to+n], g.f32[from:])
	}
}

func convert[T float32 | float64, S float32 | float64 | int64](to []T, from []S) {
	for i := range to {
		to[i] = T(from[i])
	}
}
