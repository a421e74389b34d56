package cpu

import "github.com/stheno/stheno/ir"

// eachPatch calls f for every position of one image's result and every tap, with where the two meet in the image; -1 where they do not.
func eachPatch(w *ir.Window, image [2]int, result [2]int, f func(patch, at int)) {
	patch := 0
	for r := range result[0] {
		for c := range result[1] {
			for i := range w.Size[0] {
				row, inside := w.Meets(0, r, i, image[0])
				for j := range w.Size[1] {
					at := -1
					if col, ok := w.Meets(1, c, j, image[1]); ok && inside {
						at = row*image[1] + col
					}
					f(patch, at)
					patch++
				}
			}
		}
	}
}

func patchesKernel[T float](c *compiler[T], in *ir.Instr, out []T) kernel {
	from, x := c.p.At(in.Args[0]).Shape, c.mem[in.Args[0]]
	pixels, ch := inner(from), from[3]
	return eachImage([]rows[T]{{mem: out, row: inner(in.Shape)}, {mem: x, row: pixels}}, func(_ int, v [3][]T) {
		out, x := v[0], v[1]
		eachPatch(&in.Window, [2]int{from[1], from[2]}, [2]int{in.Shape[1], in.Shape[2]}, func(patch, at int) {
			if to := out[patch*ch:][:ch]; at < 0 {
				clear(to)
			} else {
				copy(to, x[at*ch:])
			}
		})
	})
}

func unpatchKernel[T float](c *compiler[T], in *ir.Instr, out []T) kernel {
	from, g, add := c.p.At(in.Args[0]).Shape, c.mem[in.Args[0]], vector[T](ir.Add)
	patches, ch := inner(from), in.Shape[3]
	return eachImage([]rows[T]{{mem: out, row: inner(in.Shape)}, {mem: g, row: patches}}, func(_ int, v [3][]T) {
		out, g := v[0], v[1]
		clear(out)
		eachPatch(&in.Window, [2]int{in.Shape[1], in.Shape[2]}, [2]int{from[1], from[2]}, func(patch, at int) {
			if at >= 0 {
				to := out[at*ch:][:ch]
				add(to, to, g[patch*ch:])
			}
		})
	})
}
