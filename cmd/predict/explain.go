package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"strings"

	"github.com/stheno/stheno/internal/command"
	"github.com/stheno/stheno/internal/output"

	"golang.org/x/image/draw"
)

// shades are from black to white; two of one make a pixel, which so is about square.
const shades = " .:-=+*#%@"

// explain prints what the net sees of a sample: a picture in letters, or its numbers.
func (n *net) explain(w io.Writer, s sample) {
	fmt.Fprintln(w, command.Printable(s.name)+":")
	img := n.seen(s)
	if img == nil {
		for i, v := range s.x {
			fmt.Fprintf(w, "  %d: %.6g\n", i, v)
		}
		return
	}
	b := img.Bounds()
	for y := range b.Dy() {
		var row strings.Builder
		for x := range b.Dx() {
			v := color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y
			row.WriteString(strings.Repeat(string(shades[int(v)*(len(shades)-1)/255]), 2))
		}
		fmt.Fprintln(w, strings.TrimRight(row.String(), " "))
	}
}

// seen is a sample as a picture, from its smallest number as black to its largest as white where they are not from 0 to 1; nil where the
// net reads no pictures.
func (n *net) seen(s sample) image.Image {
	size := n.image()
	if size == nil {
		return nil
	}
	lo, hi := 0., 1.
	for _, v := range s.x {
		lo, hi = math.Min(lo, v), math.Max(hi, v)
	}
	plane := size.Height * size.Width
	img := image.NewRGBA(image.Rect(0, 0, size.Width, size.Height))
	for i := range plane {
		var c [3]uint8
		for j := range c {
			c[j] = uint8(math.Round(255 * (s.x[min(j, size.Channels-1)*plane+i] - lo) / (hi - lo)))
		}
		img.SetRGBA(i%size.Width, i/size.Width, color.RGBA{c[0], c[1], c[2], 255})
	}
	return img
}

// Of the picture of -explain-out: how many samples it has, how many in a row, and how large their pixels are.
const (
	mostDrawn = 100
	inRow     = 10
	zoom      = 8
)

// draw writes what the net sees of samples, side by side.
func (n *net) draw(path string, samples []sample) error {
	size := n.image()
	if size == nil {
		return fmt.Errorf("-explain-out: the net reads no pictures, but samples of the shape %v: leave it out", n.Net.Sample())
	}
	w, h := zoom*size.Width, zoom*size.Height
	rows := (len(samples) + inRow - 1) / inRow
	sheet := image.NewRGBA(image.Rect(0, 0, min(len(samples), inRow)*(w+zoom)-zoom, rows*(h+zoom)-zoom))
	draw.Draw(sheet, sheet.Bounds(), image.White, image.Point{}, draw.Src)
	for i, s := range samples {
		at := image.Pt(i%inRow*(w+zoom), i/inRow*(h+zoom))
		img := n.seen(s)
		draw.NearestNeighbor.Scale(sheet, image.Rectangle{at, at.Add(image.Pt(w, h))}, img, img.Bounds(), draw.Src, nil)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, sheet); err != nil {
		return err
	}
	return output.WriteFile(path, b.Bytes())
}
