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
	{"backend/cpu/announce.go", "m.left.Load() == 0", "m.left.Load() <= 1", "./backend/cpu", "Conformance"},
	{"dist/mpi/operation.go", "g.broadcast(g.local, g.machine, x, from)", "g.broadcast(g.local, g.machine, x, 0)", "./dist/mpi", "Suite"},
	{"cmd/train/data.go", "how.Share, how.Memory = o.together.Group, sampleMemory", "how.Memory = sampleMemory", "./cmd/train", "SharedInAGroup"},
	{"cmd/train/processes.go", "if mine*processes <= all {", "if mine <= all {", "./cmd/train", "ThreadsOf"},
}
