package cpu

import "github.com/stheno/stheno/ir"

// concatKernel copies to rows lo to hi what each argument has of them: the result is blocks that hold a piece of each.
func concatKernel[T float](c *compiler[T], in *ir.Instr, out []T) kernel {
	axis, args, row := in.Axes[0], c.args(in), inner(in.Shape)
	block := in.Shape[axis:].Size()
	pieces := make([]int, len(args))
	for i, a := range in.Args {
		pieces[i] = c.p.At(a).Shape[axis:].Size()
	}
	return func(_, lo, hi int) {
		from, to := lo*row, hi*row
		if from == to {
			return
		}
		for b := from / block; b*block < to; b++ {
			at := b * block
			for i, n := range pieces {
				if first, end := max(at, from), min(at+n, to); first < end {
					copy(out[first:end], args[i][b*n+first-at:])
				}
				at += n
			}
		}
	}
}
