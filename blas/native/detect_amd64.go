package native

import "golang.org/x/sys/cpu"

// detect lists the kernel sets that this CPU can run, the best one last.
func detect() []*set {
	x86 := &cpu.X86
	sets := []*set{&generic}
	if !x86.HasAVX2 || !x86.HasFMA {
		return sets
	}
	sets = append(sets, &avx2)
	if x86.HasAVX512F && x86.HasAVX512DQ && x86.HasAVX512VL && x86.HasBMI2 {
		sets = append(sets, &avx512)
	}
	return sets
}
