package native

import "golang.org/x/sys/cpu"

// detect lists the kernel sets that this CPU can run, the best one last.
func detect() []*set {
	sets := []*set{&generic}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA && cpu.X86.HasBMI2 {
		sets = append(sets, &avx2)
	}
	if len(sets) == 2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL {
		sets = append(sets, &avx512)
	}
	return sets
}
