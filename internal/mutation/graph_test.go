package mutation

// programs are faults in passes, the schedule and the memory plan.
var programs = []mutant{
	{"ir/fold.go", "v == 1 && p.At(x).Shape.Eq(in.Shape)", "v >= 1 && p.At(x).Shape.Eq(in.Shape)", "./ir", "."},
	{"ir/plan.go", "			if at[i] >= at[val] {", "			if at[i] > at[val] {", "./ir", "."},
	{"ir/plan.go", "if at[other] <= last[id] && at[id] <= last[other] {", "if at[other] < last[id] && at[id] < last[other] {", "./ir", "."},
	{"ir/key.go", "	k.ints(in.Shape)\n", "", "./ir", "."},
	{"ir/fuse.go", "if mm.Op != MatMul || mm.Act != None || mm.Acc || mm.Bias || !s.single(a) {", "if mm.Op != MatMul || mm.Act != None || mm.Acc || mm.Bias {", "./ir", "."},
	{"ir/fuse.go", " || !s.single(s.in.Args[0])", "", "./ir", "."},
	{"ir/passes.go", "		if !updated[src] {", "		if updated[src] {", "./ir", "."},
	{"ir/sweep.go", "if f.set[i] < 0 || f.stored[i] {", "if true {", "./ir", "OnePass"},
	{"ir/join.go", " || j.at[r] != j.at[readers[0]]", "", "./ir", "OnePass"},
	{"ir/join.go", "		if !in.Op.Elementwise() {", "		if in.Op == MatMul {", "./ir", "OnePass|FuseChains"},
	{"ir/schedule.go", "id > 0 && s.p.At(before).beside(in)", "id < 0", "./ir", "."},
	{"ir/plan.go", "if mate != val && pl.Alias[mate] == into {", "if false {", "./ir", "Plan"},
	{"ir/plan.go", "		return arg < 2 //", "		return true //", "./ir", "Plan"},
	{"ir/recompute.go", "return !r.updated[id] && ", "return ", "./ir", "Recompute"},
	{"ir/recompute.go", " && y < reader", "", "./ir", "Recompute"},
	{"ir/fuse_softmax.go", "			factor = s.product(in.Args[2], factor)\n", "", "./ir", "Fusions"},
	{"backend/cpu/chain.go", "			last[r.operand] = len(in.Body)\n", "", "./backend/cpu", "SweepsInPlace"},
	{"backend/cpu/chain.go", "&& len(a) > 0 &&", "&& len(a) < 0 &&", "./backend/cpu", "SweepsInPlace"},
}

// lowering are faults in what Gorgonia's graph becomes, and in the machine.
var lowering = []mutant{
	{"graph/lower.go", `">": {ir.Less, true}`, `">": {ir.Less, false}`, "./graph", "LowerEveryOp"},
	{"graph/lower.go", "view.Offset = start * view.Strides[along]", "view.Offset = start", "./graph", "LowerEveryOp"},
	{"graph/norm.go", "l.Op(ir.Sub, l.Op(ir.Sub, g, tilt), shift)", "l.Op(ir.Sub, l.Op(ir.Add, g, tilt), shift)", "./graph", "Gradients"},
	{"graph/norm.go", `f.bool("training") && !l.eval`, `f.bool("training")`, "./graph", "StoreShares"},
	{"graph/norm.go", "float64(count-1)", "float64(count)", "./graph", "BatchNormAsTape"},
	{"graph/dropout.go", "keep := 1 - drop", "keep := drop", "./graph", "DropoutModes"},
	{"graph/dropout.go", "	if !training {\n		drop = 0", "	if !training {\n		drop += 0", "./graph", "DropoutModes"},
	{"graph/groupnorm.go", "rest := l.Op(ir.Sub, l.Op(ir.Sub, dy,", "rest := l.Op(ir.Add, l.Op(ir.Sub, dy,", "./graph", "Gradients"},
	{"graph/pool.go", "min(left+w.width, w.inWidth)", "min(left+w.width, w.inWidth-1)", "./graph", "RandomGraphs"},
	{"graph/pool.go", "w.top, w.left = f.int(\"padSouth\"), f.int(\"padEast\")", "w.top, w.left = f.int(\"padNorth\"), f.int(\"padWest\")", "./graph", "Gradients"},
	{"graph/pool.go", "		share := in[2][pooled] / size", "		share := in[2][pooled] / (size + 1)", "./graph", "Gradients"},
	{"graph/slips.go", "l.Op(ir.Mul, l.ids[cube], l.Scalar(0.5))", "l.Op(ir.Mul, l.ids[cube], l.Scalar(-0.5))", "./graph", "Gradients"},
	{"graph/slips.go", "case v == x:\n		return byX(), true", "case v == x:\n		return byY(), true", "./graph", "Gradients"},
	{"graph/host.go", "return operand{child, l.boxes[child], at, !shared}", "return operand{child, l.boxes[child], at, !shared && false}", "./graph", "ArgumentsAreSafe"},
	{"graph/index.go", "to[big+j] += from[small+j]", "to[big+j] = from[small+j]", "./graph", "Gradients"},
	{"graph/dual.go", "		sum[i] += v", "		sum[i] = v", "./graph", "AddUp"},
	{"graph/machine.go", "op.SetTraining(!m.eval)", "op.SetTraining(true)", "./graph", "DropoutModes"},
	{"graph/machine.go", "if m.prog == nil || stateOf(m.moving) != m.state {", "if m.prog == nil {", "./graph", "SliceMoved|BatchNormAsTape"},
	{"graph/bind.go", "m.after = append(m.after, func() error { return out.Read(host) })", "_ = out", "./graph", "OnADevice"},
	{"graph/order.go", "		return append(slices.Clone(childrenOf(n)), first)", "		return childrenOf(n)", "./graph", "OpWithMemory"},
	{"graph/spec.go", "if !l.holds(n) && l.boxes[n] == nil {", "if false {", "./graph", "SameAsTape"},
	{"graph/store.go", "key = s.inputs, fmt.Sprintf(\"%s %v %v\", name, shapeOf(n), l.DType)", "key = s.inputs, name", "./graph", "."},
}
