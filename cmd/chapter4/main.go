// Command chapter4 prints the results of chapter 4 of "Deep Learning from Scratch" that come before the training, in the
// chapter's order, and draws its figures 4-9 and 4-10.
//
//	go run ./cmd/chapter4
//	go run ./cmd/chapter4 -out figures -format svg
//
// The training itself is cmd/train. Exit code 2: a flag, a file or an engine is wrong.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"
	_ "github.com/stheno/stheno/backend/cuda"
	"github.com/stheno/stheno/internal/chapter"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is main without the process.
func run(args []string, stdout, stderr io.Writer) int {
	return chapter.Run("chapter4", args, stdout, stderr, nil, func(c *chapter.Chapter) error {
		for _, section := range []func(io.Writer, backend.Engine) error{gradients, descents, simpleNet, shapes} {
			if err := section(c, c.Engine); err != nil {
				return err
			}
		}
		if c.Out != "" {
			fmt.Fprintln(c)
		}
		if err := c.Draw("fig4-9", field); err != nil {
			return err
		}
		return c.Draw("fig4-10", path)
	})
}
