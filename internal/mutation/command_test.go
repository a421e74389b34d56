package mutation

// command are faults in the gradient check, checkpoints and the commands.
var command = []mutant{
	{"graph/slope.go", "case left.settled() && left.has(v), right.settled() && right.has(v):", "case left.has(v), right.has(v):", "./graph", "Slopes|Check"},
	{"graph/check.go", "min(judge(x.got, left, right), judge(x.want, left, right))", "judge(x.got, left, right)", "./graph", "ByHandOnKink"},
	{"graph/check.go", "mostLeftOut = 0.05", "mostLeftOut = 0.5", "./graph", "LeavesOut"},
	{"models/finite.go", "if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {", "if math.IsNaN(float64(x)) {", "./models", "Checkpoint"},
	{"models/load.go", "ok && theirs != says[key]", "ok && false && theirs != says[key]", "./models", "Checkpoint"},
	{"train/diverge.go", "!(after <= limit)", "after > 1e30*limit", "./train", "Diverged"},
	{"cmd/train/load.go", "case o.given[c.flag]:", `case o.given[c.flag] && c.flag != "activation":`, "./cmd/train", "Load"},
	{"cmd/train/networks.go", "o.given[name] || o.taken[name]", "o.given[name]", "./cmd/train", "Networks"},
	{"cmd/train/gradcheck.go", "convolves && isZero", "!convolves && isZero", "./cmd/train", "GradcheckOfNetworks"},
	{"cmd/train/state.go", "!hurry && len(", "false && len(", "./cmd/train", "TestStuck"},
	{"cmd/train/outputs.go", "if _, err := os.Stat(o.out); err == nil {", "if true {", "./cmd/train", "FailedStart"},
	{"internal/command/tell.go", "Printable(err.Error())", "err.Error()", "./internal/command", "TestRun"},
	{"internal/output/folder.go", "return f.joined(f.settle(s, nil))", "return f.joined(f.settle(s[1:], nil))", "./internal/output", "TestCut"},
	{"internal/output/folder.go", "failed := f.clear(s, missing)", "var failed failures", "./internal/output", "TestCut"},
	{"internal/output/folder.go", "if errors.Is(err, errLocked) {", "if errors.Is(err, errLocked) && false {", "./internal/output", "FolderIsTaken"},
	{"bench/compare/options.go", "if len(jobsOf(o.job, o.quick)) == 0 {", "if len(jobsOf(o.job, o.quick)) < 0 {", "./bench/compare", "BadInput"},
	{"blas/openblas/proof.go", "x != 3*abv[i]", "x != x && x == abv[i]", "./blas/openblas", "Proof"},
	{"blas/openblas/load.go", "	defer oneThread()()\n", "", "./blas/openblas", "Thread"},
	{"checkpoint/header.go", "len(entries) == maxNames", "len(entries) < 0", "./checkpoint", "HeaderMemory"},
	{"graph/lower.go", "return l.Op(ir.Mul, x, l.Scalar(-1))", "return l.Op(ir.Mul, x, l.Scalar(1))", "./graph/judge", "Outside"},
	{"graph/bind.go", "v, set := scalarOn(host)\n	m.after = append(m.after, set)", "v, set := scalarOn(host)\n	set()", "./graph", "DropIn"},
}
