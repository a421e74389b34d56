package mutation

// processes are faults in what processes do together.
var processes = []mutant{
	{"dist/fold.go", "copy(f.levels[level], f.x)", "copy(f.levels[0], f.x)", "./dist", "Fold"},
	{"dist/tree.go", "l.add = func() { plus(into, receive) }", "l.add = func() { copy(into, receive) }", "./dist", "Groups"},
	{"models/split.go", "} else if err := v.Write(s.before[k]); err != nil {", "} else if err := v.Write(s.shares[k]); err != nil {", "./models", "SplitStepByNumber"},
	{"models/split.go", "	return s.draw(i)", "	return s.draw(0)", "./models", "SplitStepByNumber"},
	{"models/split.go", "scalar(of, share, \"share\")", "scalar(of, 1, \"share\")", "./models", "SplitStep"},
	{"train/share.go", "copy(all[i*width:], sum.numbers())", "copy(all, sum.numbers())", "./train", "TestTogether"},
	{"train/sums.go", "			x.fold.Add()\n", "", "./train", "SameBits"},
	{"train/device.go", "c.Parts > 0 || ", "", "./train", "DeviceSums"},
	{"dist/mpi/device.go", "able[0] == float64(g.size)", "able[0] > 0", "./dist/mpi", "TestDevice"},
	{"dist/mpi/device.go", "min(g.most, x.Len-from)", "min(g.most, x.Len)", "./dist/mpi", "TestDevice"},
	{"backend/cuda/pinned.go", "if !e.isPinned(from, b.bytes()) {", "if !e.isPinned(from, 0) {", "./backend/cuda", "TestBuffers"},
	{"backend/cuda/pinned.go", "	b.e.pinned[at] = bytes\n", "", "./backend/cuda", "Stage"},
	{"backend/cuda/buffer.go", "	_ = b.e.unpin(at)\n", "	_ = at\n", "./backend/cuda", "StagesArePinned"},
	{"backend/cpu/announce.go", "m.left.Load() == 0", "m.left.Load() <= 1", "./backend/cpu", "Conformance"},
	{"dist/mpi/operation.go", "g.broadcast(g.local, g.machine, x, from)", "g.broadcast(g.local, g.machine, x, 0)", "./dist/mpi", "Suite"},
	{"cmd/train/data.go", "how.Share, how.Memory = o.together.Group, sampleMemory", "how.Memory = sampleMemory", "./cmd/train", "SharedInAGroup"},
	{"cmd/train/processes.go", "if mine*processes <= all {", "if mine <= all {", "./cmd/train", "ThreadsOf"},
}
