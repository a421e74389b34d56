package peak

import "golang.org/x/sys/cpu"

// widest is the widest FMA of this processor.
func widest(bits int) (kernel, bool) {
	single := bits == 32
	switch {
	case cpu.X86.HasAVX512F && single:
		return kernel{"AVX-512", 16, fmaZ32}, true
	case cpu.X86.HasAVX512F:
		return kernel{"AVX-512", 8, fmaZ64}, true
	case cpu.X86.HasFMA && single:
		return kernel{"AVX2 FMA", 8, fmaY32}, true
	case cpu.X86.HasFMA:
		return kernel{"AVX2 FMA", 4, fmaY64}, true
	}
	return kernel{}, false
}

//go:noescape
func fmaZ32(turns int)

//go:noescape
func fmaZ64(turns int)

//go:noescape
func fmaY32(turns int)

//go:noescape
func fmaY64(turns int)
