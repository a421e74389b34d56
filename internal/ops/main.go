// Command ops prints the ops that programs are made of: their names, how many arguments they take, and what they compute; of
// those on elements the formula, in the argument x or in x and y.
//
//	go run ./internal/ops
package main

import (
	"fmt"
	"os"
	"strconv"
	"text/tabwriter"

	"github.com/stheno/stheno/ir"
)

func main() {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "op\targuments\twhat it computes")
	for _, op := range ir.Ops() {
		arity := "some"
		if n := op.Arity(); n >= 0 {
			arity = strconv.Itoa(n)
		}
		fmt.Fprintf(w, "%v\t%s\t%s\n", op, arity, op.Doc())
	}
	if err := w.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, "ops:", err)
		os.Exit(1)
	}
}
