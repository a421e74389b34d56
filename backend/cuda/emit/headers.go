package emit

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/stheno/stheno/ir"
)

// Headers are the files of the folder kernels that are written from Go: their names and their text. What the kernels and this package
// must agree on stands in Go alone.
func Headers() map[string]string {
	return map[string]string{"constants.cuh": constantsHeader(), "formulas.cuh": formulasHeader()}
}

const generated = "// Written by go generate from Go: do not edit.\n#pragma once\n\n"

// constant is a number that the kernels know by a name.
type constant struct {
	name  string
	value int
	about string
}

// constants are the numbers of this package that the kernels use.
var constants = []constant{
	{"BLOCK", Threads, "threads of a block"},
	{"WARP", dotLanes, "threads of a warp"},
	{"plain", plain, "modes of a product's epilogue"},
	{"bias", bias, ""},
	{"accumulate", accumulate, ""},
	{"narrowTile", narrowTile, "rows and columns of a tile"},
	{"wideTile", wideTile, ""},
	{"slimRows", slimRows, "rows and columns of a tile of few channels"},
	{"slimColumns", slimColumns, ""},
	{"wideRows", wideRows, "rows of a wide one"},
	{"slimTerms", slimTerms, "rows of a slim one of gradients by weights"},
	{"mostTerms", mostTerms, "terms of a tile of images at a time"},
	{"depthwiseLanes", depthwiseLanes, "threads beside one another that have channels, each by itself"},
	{"depthwiseTaps", depthwiseTaps, "taps of a window that a thread sums up gradients for"},
	{"tileRows", tileRows, "rows of a strip or a tile, in a kernel with others"},
	{"stripRows", stripRows, "rows of a strip, in a kernel of its own"},
	{"gate_none", gates[ir.None], "codes of a pooling's rectifiers"},
	{"gate_less", gates[ir.Less], ""},
	{"gate_lesseq", gates[ir.LessEq], ""},
}

func constantsHeader() string {
	all := slices.Clone(constants)
	about := "codes of the element-wise ops that a product applies to its result"
	for _, op := range slices.SortedFunc(maps.Keys(activations), func(a, b ir.Op) int { return cmp.Compare(activations[a], activations[b]) }) {
		if op != ir.None {
			all = append(all, constant{"act_" + op.String(), activations[op], about})
			about = ""
		}
	}
	var b strings.Builder
	b.WriteString(generated + "enum {\n")
	for _, c := range all {
		fmt.Fprintf(&b, "\t%s = %d,", c.name, c.value)
		if c.about != "" {
			fmt.Fprintf(&b, " // %s", c.about)
		}
		b.WriteString("\n")
	}
	return b.String() + "};\n"
}
