// Command chapter8 trains DeepConvNet on MNIST, as chapter 8 of "Deep Learning from Scratch" does, and draws the test images that it
// takes for others, figure 8-2.
//
//	go run ./cmd/chapter8 -out run
//	go run ./cmd/chapter8 -out run -load deepconv.safetensors
//
// Exit code 2: a flag, a file or an engine is wrong.
package main

import (
	"fmt"
	"io"
	"os"

	_ "github.com/stheno/stheno/backend/cpu"
	_ "github.com/stheno/stheno/backend/cuda"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/figures"
	"github.com/stheno/stheno/internal/chapter"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// most is how many mistaken images are drawn.
const most = 20

// run is main without the process.
func run(args []string, stdout, stderr io.Writer) int {
	var t chapter.Training
	return chapter.Run("chapter8", args, stdout, stderr, t.Flags, func(c *chapter.Chapter) error {
		m, d, err := t.Trained(c, models.DeepConvNet(models.Image{Channels: 1, Height: 28, Width: 28}, 50, 10))
		if err != nil {
			return err
		}
		defer m.Close()
		wrong, err := mistakes(m, d, most)
		if err != nil {
			return err
		}
		if len(wrong) == 0 {
			fmt.Fprintln(c, "no test image is taken for another")
			return nil
		}
		return c.Draw("fig8-2", func(w io.Writer, format string) error {
			return figures.Images(w, format, 5, figures.Sheet{Title: "what it is, and what it was taken for", Images: wrong})
		})
	})
}

// mistakes are the first test images that the model takes for others.
func mistakes(m *models.Model, d *data.Dataset, most int) (wrong []figures.Image, err error) {
	const batch = 100
	s, pixels := &d.Test, d.Test.Pixels()
	for from := 0; from < s.Len() && len(wrong) < most; from += batch {
		n := min(batch, s.Len()-from)
		x := make([]float32, n*pixels)
		if err := data.PixelRange(x, s, from, from+n); err != nil {
			return nil, err
		}
		y, err := m.Predict(tensor.New(tensor.WithShape(n, pixels), tensor.WithBacking(x)))
		if err != nil {
			return nil, err
		}
		for i, label := range s.Labels[from : from+n] {
			taken := models.Argmax(y.Float32s()[i*d.Classes : (i+1)*d.Classes])
			if taken == int(label) || len(wrong) == most {
				continue
			}
			image := figures.Image{Rows: d.Rows, Cols: d.Cols, Caption: fmt.Sprintf("%d, not %d", label, taken)}
			for _, v := range x[i*pixels : (i+1)*pixels] {
				image.Pixels = append(image.Pixels, float64(v))
			}
			wrong = append(wrong, image)
		}
	}
	return wrong, nil
}
