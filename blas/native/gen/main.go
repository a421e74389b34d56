// Command gen writes the assembly of blas/native with avo. See the go:generate lines there.
package main

import (
	"flag"
	"fmt"
	"os"
	"sort"

	"github.com/mmcloughlin/avo/build"
)

// files are what gen can write: the subject of a file and the instruction set, joined by an underscore.
var files = map[string]func(*emitter){
	"pack_avx2":             packs,
	"pack_avx512":           packs,
	"sparse_avx2":           sparse,
	"sparse_avx512":         sparse,
	"softmax_avx2":          shared(softmaxes),
	"softmax_avx512":        shared(softmaxes),
	"tile_avx2":             tiles,
	"tile_avx512":           tiles,
	"arithmetic_avx2":       shared(arithmetic),
	"arithmetic_avx512":     shared(arithmetic),
	"transcendental_avx2":   shared(transcendentals),
	"transcendental_avx512": shared(transcendentals),
}

// neonFiles are those that avo cannot write.
var neonFiles = map[string]func(machine){
	"arithmetic_neon":     arithmetic,
	"softmax_neon":        softmaxes,
	"transcendental_neon": transcendentals,
}

func main() {
	set := flag.NewFlagSet("gen", flag.ExitOnError) // avo keeps the default one for itself
	name := set.String("file", "", "which file to write")
	flags := build.NewFlags(set)
	set.Parse(os.Args[1:])
	if write, ok := neonFiles[*name]; ok {
		e := newNeon(*name)
		write(e)
		if err := e.write(set.Lookup("out").Value.String(), set.Lookup("stubs").Value.String()); err != nil {
			fmt.Fprintln(os.Stderr, "gen:", err)
			os.Exit(1)
		}
		return
	}
	write, ok := files[*name]
	if !ok {
		var names []string
		for n := range files {
			names = append(names, n)
		}
		for n := range neonFiles {
			names = append(names, n)
		}
		sort.Strings(names)
		fmt.Fprintf(os.Stderr, "gen: no file %q; choose -file from %v\n", *name, names)
		os.Exit(2)
	}
	e := newEmitter(*name)
	write(e)
	os.Exit(build.Main(flags.Config(), e.Context))
}

// shared is a writer for every machine.
func shared(write func(machine)) func(*emitter) { return func(e *emitter) { write(e) } }
