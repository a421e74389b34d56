// Command chapter7 trains SimpleConvNet on MNIST, as chapter 7 of "Deep Learning from Scratch" does, and draws the filters of its
// first layer before and after, figure 7-24.
//
//	go run ./cmd/chapter7 -out run
//	go run ./cmd/chapter7 -out run -load simpleconv.safetensors
//
// Exit code 2: a flag, a file or an engine is wrong.
package main

import (
	"fmt"
	"io"
	"os"

	_ "github.com/stheno/stheno/backend/cpu"
	_ "github.com/stheno/stheno/backend/cuda"
	"github.com/stheno/stheno/figures"
	"github.com/stheno/stheno/internal/chapter"
	"github.com/stheno/stheno/models"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is main without the process.
func run(args []string, stdout, stderr io.Writer) int {
	var t chapter.Training
	return chapter.Run("chapter7", args, stdout, stderr, t.Flags, func(c *chapter.Chapter) error {
		m, _, err := t.Trained(c, models.SimpleConvNet(models.Image{Channels: 1, Height: 28, Width: 28}, 100, 10))
		if err != nil {
			return err
		}
		defer m.Close()
		params, err := m.Params()
		if err != nil {
			return err
		}
		first := m.Net.Params[0]
		return c.Draw("fig7-24", func(w io.Writer, format string) error {
			return figures.Images(w, format, 6, filters("before", first, first.Init), filters("after", first, params[first.Name]))
		})
	})
}

// filters are those of a convolution of one channel, (filters, 1, height, width), with these weights.
func filters(title string, p models.Param, w []float64) figures.Sheet {
	sheet := figures.Sheet{Title: fmt.Sprintf("%s, %s", p.Name, title)}
	rows, cols := p.Shape[2], p.Shape[3]
	for at := 0; at < len(w); at += rows * cols {
		sheet.Images = append(sheet.Images, figures.Image{Rows: rows, Cols: cols, Pixels: w[at : at+rows*cols]})
	}
	return sheet
}
