// Command gorgonia is Gorgonia's own TapeMachine as a peer. Built as it is, it multiplies with gonum's pure Go; with the
// tag openblas, with OpenBLAS through gonum.org/v1/netlib, as Gorgonia's users do.
//
//	gorgonia 784-50-10 100 float32 digits 2
package main

import (
	"fmt"
	"os"
	"runtime/debug"

	"github.com/stheno/stheno/bench"
	"github.com/stheno/stheno/bench/work"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "gorgonia: %v\n", err)
		os.Exit(2)
	}
}

func run(args []string) error {
	spec, err := work.Parse(args)
	if err != nil {
		return err
	}
	job, err := bench.JobOf(spec)
	if err != nil {
		return err
	}
	library, err := useBLAS(spec.Threads)
	if err != nil {
		return err
	}
	tp, err := bench.NewTape(job)
	if err != nil {
		return err
	}
	defer tp.Close()
	return work.Serve(os.Stdin, os.Stdout, work.Hello{Version: version(), Library: library}, tp, nil)
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range info.Deps {
		if m.Path == "gorgonia.org/gorgonia" {
			return m.Version
		}
	}
	return ""
}
