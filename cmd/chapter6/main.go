// Command chapter6 compares what helps a network to learn, as chapter 6 of "Deep Learning from Scratch" does: optimisers, initial
// weights, batch normalisation, weight decay, dropout. It prints how each training ended, and draws the chapter's figures.
//
//	go run ./cmd/chapter6 -out run
//	go run ./cmd/chapter6 -only paths,optimizers
//
// Exit code 2: a flag, a file or an engine is wrong.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	_ "github.com/stheno/stheno/backend/cpu"
	_ "github.com/stheno/stheno/backend/cuda"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/internal/chapter"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// section is one of the chapter's comparisons.
type section struct {
	name string
	run  func(w *work) error
}

var sections = []section{
	{"paths", paths},
	{"optimizers", optimizers},
	{"activations", activations},
	{"weights", initialWeights},
	{"batchnorm", batchNorm},
	{"decay", weightDecay},
	{"dropout", dropout},
}

// work is the command with what its sections share.
type work struct {
	*chapter.Chapter
	mnist *data.Dataset
	quick bool
	seed  uint64
}

// iters is how many iterations a training has: the book's, or a fiftieth.
func (w *work) iters(book int) int {
	if w.quick {
		return max(book/50, 10)
	}
	return book
}

// run is main without the process.
func run(args []string, stdout, stderr io.Writer) int {
	var only string
	w := &work{}
	return chapter.Run("chapter6", args, stdout, stderr, func(fs *flag.FlagSet) {
		fs.StringVar(&only, "only", "all", "sections, such as paths,dropout: "+strings.Join(names(), ", "))
		fs.BoolVar(&w.quick, "quick", false, "a fiftieth of the book's iterations, on few images")
		fs.Uint64Var(&w.seed, "seed", 1, "of the initial weights and of the batches")
	}, func(c *chapter.Chapter) (err error) {
		w.Chapter = c
		asked := strings.Split(only, ",")
		for _, name := range asked {
			if name != "all" && !slices.Contains(names(), name) {
				return fmt.Errorf("-only %q is unknown: choose some of %s", name, strings.Join(names(), ", "))
			}
		}
		if w.mnist, err = data.MNIST(); err != nil {
			return err
		}
		if w.quick {
			w.mnist = chapter.Some(w.mnist, 2000, 500)
		}
		for _, s := range sections {
			if only != "all" && !slices.Contains(asked, s.name) {
				continue
			}
			if err := s.run(w); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
		return nil
	})
}

func names() (names []string) {
	for _, s := range sections {
		names = append(names, s.name)
	}
	return names
}
