package peak

// widest is NEON's FMA, which every arm64 processor has. Wider vectors (SVE) are not measured.
func widest(bits int) (kernel, bool) {
	if bits == 32 {
		return kernel{"NEON", 4, fma32}, true
	}
	return kernel{"NEON", 2, fma64}, true
}

//go:noescape
func fma32(turns int)

//go:noescape
func fma64(turns int)
