package mutation

// kernels are faults in the products of blas/native and in the host's engine.
var kernels = []mutant{
	{"blas/native/block.go", "	if pc > 0 {\n		return 1", "	if pc > 0 && beta != 0 {\n		return 1", "./blas/native", "Products"},
	{"blas/native/packed.go", "betaAt(pc, beta)", "beta", "./blas/native", "Products"},
	{"blas/native/packed.go", "j%by.NC*kc", "j%by.NC*by.KC", "./blas/native", "Products"},
	{"backend/cpu/matmul.go", "alpha, beta = scale[0], 1", "alpha, beta = -scale[0], 1", "./backend/cpu", "Conformance"},
	{"backend/cpu/reduce.go", "fill(dst, f.zero)", "_ = dst", "./backend/cpu", "Conformance"},
	{"backend/cpu/pool.go", "if p.ended.Load() { // asked", "if false && p.ended.Load() { // asked", "./backend/cpu", "CloseBehindAJob"},

	{"blas/native/images.go", "right = max(right, m.at+(p.count-1)*p.step-g.From[1]+1)", "right = max(right, m.at+(p.count-1)*p.step-g.From[1])", "./blas/native", "Images"},
	{"blas/native/images.go", "clear(to[:left*g.Channels])", "clear(to[:left])", "./blas/native", "Images"},
	{"blas/native/conv.go", "(taps-1-t)*old*n", "t*old*n", "./blas/native", "Images"},
	{"blas/native/conv_weights.go", "	clear(gradient)\n", "", "./blas/native", "Images"},
	{"blas/native/conv_alive.go", "run[0], run[1] = 0, 0; lo < hi", "run[0], run[1] = 0, 0; lo+1 < hi", "./blas/native", "Images"},
	{"blas/native/conv_alive.go", "defer free.put(w)\n	clear(result)", "defer free.put(w)", "./blas/native", "Images"},
	{"blas/native/conv_weights_alive.go", "case i >= n:", "case i > n:", "./blas/native", "Images"},
	{"blas/native/conv_weights_alive.go", "return bad == 0", "return true", "./blas/native", "Infinite"},
	{"backend/cpu/watch.go", "w.made == w.input.writes && !w.input.lent", "w.made == w.input.writes", "./backend/cpu", "Weights|Skip"},
	{"backend/cpu/watch.go", "w.made == w.input.writes && !w.input.lent", "w.made >= 0 && !w.input.lent", "./backend/cpu", "Weights"},
	{"backend/cpu/alone.go", "open = append(open, a.after)", "_ = a.after", "./backend/cpu", "SmallPlan"},
	{"ir/fuse_pool.go", "ok && of == x {", "ok && of >= 0 {", "./ir", "OtherRectifier"},
	{"ir/trim.go", "j == 0 && p.onlyConvolved(ID(i)):", "j == 0:", "./ir", "PassesKeepMeaning"},
	{"backend/cpu/conv_weights.go", "for t := 1; t < parts; t++ {", "for t := 2; t < parts; t++ {", "./backend/cpu", "SmallPlan"},
	{"backend/cpu/conv_weights.go", "phase[grad] == n-1 {", "phase[grad] <= n {", "./backend/cpu", "Delayed"},
	{"backend/cpu/pools.go", "other(left[o:o+n], y[at:at+n], most[o:o+n], left[o:o+n])", "_ = other", "./backend/cpu", "Conformance"},
	{"blas/native/conv_weights.go", "(j*g.Dilation[1] - g.Before[1] + c.left) * ch", "(j*g.Dilation[1] + c.left) * ch", "./blas/native", "Images"},
	{"backend/cpu/prepare.go", "if g.Rows == 1 && slices.Contains(g.Instrs, a) {", "if false && slices.Contains(g.Instrs, a) {", "./graph", "RandomGraphs"},
	{"internal/philox/philox.go", "for _, w := range words[first%4:] {", "for _, w := range words[:] {", "./internal/philox", "Uniform"},

	// what the generator writes into the assembly of each kernel set
	{"blas/native/gen/tile.go", "e.JZ(LabelRef(w.label(\"zero\")))", "e.JC(LabelRef(w.label(\"zero\")))", "./blas/native", "Products|Tile|Gemm"},
	{"blas/native/gen/tile.go", "(beta, x, x)", "(alpha, x, x)", "./blas/native", "Products|Tile|Gemm"},
	{"blas/native/gen/tile.go", "e.store(x, Mem{Base: c, Disp: j * e.bytes}, w.last(j))", "e.store(x, Mem{Base: c, Disp: j * e.bytes}, false)", "./blas/native", "Products|Tile|Gemm"},
	{"blas/native/gen/trigonometric.go", "fit(alternating(3), 0, most, pick(e, 2, 5))", "fit(alternating(3), 0, most, pick(e, 1, 3))", "./blas/native", "Transcendental"},
	{"blas/native/gen/trigonometric.go", "split(e, half, 3)", "split(e, half, 2)", "./blas/native", "Transcendental"},
	{"blas/native/tile_generic.go", "if beta == 0 {\n\t\t\t\t*at", "if beta < 0 {\n\t\t\t\t*at", "./blas/native", "Products|Tile|Gemm"},
	{"blas/native/gen/tile.go", "e.MOVQ(Mem{Base: t.runs, Disp: 8}, by)", "e.MOVQ(Mem{Base: t.runs, Disp: 0}, by)", "./blas/native", "Images"},
	// the engine's plan of what it has, and what the compiler makes of the rest
	{"ir/lower.go", "q.apply(Add, in.Shape, into,", "q.apply(Sub, in.Shape, into,", "./backend/plain", "Conformance"},
	{"ir/lower.go", "shifted := q.apply(Sub, in.Shape, x, q.alongRows(q.reduceRows(Max, x), in.Shape))", "shifted := x", "./backend/plain", "Conformance"},
	{"ir/formula.go", "return func(x, y float64) float64 { return f(a(x, y), b(x, y)) }", "return func(x, y float64) float64 { return f(b(x, y), a(x, y)) }", "./ir", "Formula"},
	{"backend/plain/plain.go", "	clear(out)\n", "", "./backend/plain", "Conformance"},
	{"graph/store.go", "	v.Free()\n", "", "./graph", "Frees"},
	{"models/model.go", "		m.store.Close()\n", "", "./models", "Frees"},
}
