package emit

import (
	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"
)

// Feed says what an input of a repeated program gets before each run: rows of a table of bytes, as numbers.
type Feed struct {
	Name     string // of the input; empty where the program reads none
	Width    int    // bytes of a row
	Columns  int    // numbers of a byte
	Encoding backend.Encoding
}

// encoders are the functions of kernels/functions.cu for a block's rows of a feed.
var encoders = map[backend.Encoding]string{backend.Scaled: "scaled", backend.OneHot: "onehot"}

// feedRows is how many rows of each feed a block makes: its threads read them all at once.
const feedRows = 2

// write makes rows of feed i for one run, of which the indices begin at the number in a register.
func (f Feed) write(w *ptx, i int, first, lo, hi string) {
	w.block(encoders[f.Encoding], []Arg{{Kind: Table, Int: i}, {Kind: Indices}, {Kind: Into, Int: i}}, []int{f.Width, f.Columns}, first, lo, hi)
}

// The kernels that a graph has before and after a program that it repeats. They count the runs.
const (
	FeedKernel = "feed"
	KeepKernel = "keep"
)

// Around writes the two kernels: the first makes what a run gets, the second keeps the one number that it gives.
func Around(dt ir.DType, rows int, feeds []Feed) *Code {
	e := &emitter{p: &ir.Program{DType: dt}, out: &Code{}}
	var groups []group
	for i, f := range feeds {
		groups = append(groups, group{rows, 1, 1, []task{func(w *ptx, lo, hi string) {
			run := w.integer()
			w.line("ld.global.u32 %s, [%s]", run, w.pointer(Arg{Kind: Counter}))
			f.write(w, i, w.compute("mul.lo.u32", run, rows), lo, hi)
		}}})
	}
	e.kernel(FeedKernel, "before a run", nil, groups)
	e.kernel(KeepKernel, "after a run", nil, []group{{1, 1, 1, []task{func(w *ptx, _, _ string) {
		w.block("keep", []Arg{{Kind: Result}, {Kind: Results}, {Kind: Counter}}, nil)
	}}}})
	e.out.Source = e.source.String()
	return e.out
}
