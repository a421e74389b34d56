package main

import (
	"fmt"
	"strings"
)

// writeSetsAMD64 writes the kernel sets of amd64.
func writeSetsAMD64(w *goFile) {
	for _, name := range []string{"avx2", "avx512"} {
		i := isas[name]
		w.set(name, i.name, func(t elem) {
			p, e := t.prefix, &emitter{isa: i, elem: t}
			square := isas["avx2"].bytes / t.size // see packs
			w.line("gemm: gemmKernel[%s]{mr: %d, nr: %d, lanes: %d, tall: %d, tile: %[6]sgemmTile%[7]s, runs: %[6]srunsTile%[7]s, copying: %[6]scopyTile%[7]s,", t.name,
				mr[i.name][vectors], vectors*e.lanes(), e.lanes(), mr[i.name][1], p, i.name)
			w.line("pack: packKernels[%s]{rows: %sPackRows%s, transpose: %sTransposeAVX2, square: %d}, blocking: usual},",
				t.name, p, i.name, p, square)
		}, func(t elem) {
			p, lanes := t.prefix, i.bytes/t.size
			w.line("sparse: sparseKernels[%s]{lanes: %d, compress: %s, pad: %s, set: %s, add: %s,", t.name, lanes,
				p+"Compress"+i.name, p+"Pad"+i.name, p+"UnpadSet"+i.name, p+"UnpadAdd"+i.name)
			for _, kind := range []string{"Gather", "Scatter"} {
				var widths []string
				for v := 1; v <= widest; v++ {
					widths = append(widths, fmt.Sprint(p, kind, v, i.name))
				}
				w.line("%s: []sparseKernel[%s]{%s},", strings.ToLower(kind), t.name, strings.Join(widths, ", "))
			}
			for _, kind := range []struct{ field, name string }{{"alive", "Alive"}, {"inOrder", "InOrder"}} {
				var widths []string
				for v := 1; v <= widest; v++ {
					widths = append(widths, fmt.Sprint(p, kind.name, v, i.name))
				}
				w.line("%s: []aliveKernel[%s]{%s},", kind.field, t.name, strings.Join(widths, ", "))
			}
			w.line("},")
			w.line("pool: poolKernels[%s]{", t.name)
			for _, kind := range []struct{ field, name, params string }{{"largest", "Pool", "dst, x"}, {"index", "PoolIndex", "dst, index, x"}} {
				var names []string
				for _, r := range rectifiers {
					names = append(names, p+kind.name+r.name+i.name)
				}
				w.line("%s: [3]func(%s []%s, ld, ch, cols int){%s},", kind.field, kind.params, t.name, strings.Join(names, ", "))
			}
			w.line("unpool: %s,\n},", p+"Unpool"+i.name)
			w.line("taps: %[1]sTaps%[2]s, permute: permuteKernel[%[3]s]{lanes: %[4]d, run: %[1]sPermute%[2]s},", p, i.name, t.name, lanes)
		}, func(t elem) int { return i.bytes / t.size })
	}
}

// writeSetsARM64 writes the kernel set of arm64.
func writeSetsARM64(w *goFile) {
	w.line("// neon packs in plain Go and has no sparse kernels.")
	w.set("neon", "NEON", func(t elem) {
		lanes := 16 / t.size
		nr := vectorsNEON * lanes
		w.line("gemm: gemmKernel[%s]{mr: %d, nr: %d, lanes: %d, tall: %d, tile: %sgemmTileNEON, pack: packGeneric[%s](%d), blocking: usual},",
			t.name, rowsNEON, nr, lanes, rowsNEON, t.prefix, t.name, nr)
	}, func(t elem) {
		w.line("taps: withRest(%sTapsNEON, %d),", t.prefix, 16/t.size)
	}, func(elem) int { return bytesNEON })
}

// set writes one set: name is its variable, suffix ends its kernels' names. SfromBytes takes so many bytes at a time.
func (w *goFile) set(name, suffix string, gemm, sparse func(t elem), bytes func(t elem) int) {
	w.line("var %s = set{\nname: %q,", name, name)
	for _, t := range elems {
		p := t.prefix
		w.line("%s: kernels[%s]{", p, t.name)
		gemm(t)
		w.line("vec: vectorKernels[%s]{\nelementwise: elementwise[%s]{", t.name, t.name)
		for _, f := range functions {
			kernel := p + f.title() + suffix
			if f.limit != nil {
				kernel = fmt.Sprintf("finish(%s, %s)", kernel, f.scalar)
			}
			w.line("%s: %s,", f.name, kernel)
		}
		w.line("},\nfromBytes: withTail(%sFromBytes%s, %d),\nsoftmax: %sSoftmax%s,\n},", p, suffix, bytes(t), p, suffix)
		sparse(t)
		w.line("},")
	}
	w.line("}\n")
}
