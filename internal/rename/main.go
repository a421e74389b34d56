// Command rename gives the module another path, for whoever publishes it elsewhere: in every go.mod, import and page.
//
//	go run ./internal/rename example.com/you/net
//
// It is run from the top of the repository. Exit codes: 0 done, 2 the path or the place is wrong, or a file cannot be
// written (one line says which).
package main

import (
	"fmt"
	"io"
	"os"
)

func main() { os.Exit(run(os.Args[1:], ".", os.Stdout, os.Stderr)) }

// run is main without the process: it renames the module in a folder and returns the exit code.
func run(args []string, dir string, stdout, stderr io.Writer) int {
	if len(args) != 1 {
		fmt.Fprintf(stderr, "rename: %d arguments: give the new module path, such as example.com/you/net\n", len(args))
		return 2
	}
	n, old, err := rename(dir, args[0])
	if err != nil {
		fmt.Fprintf(stderr, "rename: %v\n", err)
		return 2
	}
	fmt.Fprintf(stdout, "%s is now %s, in %d files; git diff shows them\n", old, args[0], n)
	return 0
}
