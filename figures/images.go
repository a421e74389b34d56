package figures

import (
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// An Image is a grey picture, row by row, with a word below it, which may be empty.
type Image struct {
	Rows, Cols int
	Pixels     []float64
	Caption    string
}

// A Sheet is images under a title.
type Sheet struct {
	Title  string
	Images []Image
}

// Images draws sheets side by side, each with so many images in a row. The least number of an image is white and its largest black,
// as in the book's picture of filters (7-24).
func Images(w io.Writer, format string, inRow int, sheets ...Sheet) error {
	rows := 0
	for _, s := range sheets {
		if len(s.Images) == 0 || inRow < 1 {
			return fmt.Errorf("figure of %q: no image to draw; pass one at least, and one in a row at least", s.Title)
		}
		for i, m := range s.Images {
			if m.Rows < 1 || m.Cols < 1 || len(m.Pixels) != m.Rows*m.Cols {
				return fmt.Errorf("figure of %q: image %d has %d pixels; want %d×%d, each at least 1", s.Title, i, len(m.Pixels), m.Rows, m.Cols)
			}
			if err := checkSeries(m.Pixels, nil, fmt.Sprintf("%s, image %d", s.Title, i), "pixel"); err != nil {
				return err
			}
		}
		rows = max(rows, (len(s.Images)+inRow-1)/inRow)
	}
	if len(sheets) == 0 {
		return errors.New("figure without a sheet of images: pass one at least")
	}
	const gap = 0.12 * vg.Inch
	cell := (2*width - gap) / vg.Length(2*inRow) // two sheets make a picture of twice our width
	wide := cell*vg.Length(inRow*len(sheets)) + gap*vg.Length(len(sheets)-1)
	return renderOn(w, format, wide+vg.Points(20), cell*vg.Length(rows)+vg.Points(40), func(c draw.Canvas) {
		side := (c.Size().X - gap*vg.Length(len(sheets)-1)) / vg.Length(inRow*len(sheets))
		for i, s := range sheets {
			s.draw(c, vg.Point{X: c.Min.X + vg.Length(i)*(side*vg.Length(inRow)+gap), Y: c.Max.Y}, side, inRow)
		}
	})
}

// draw puts a sheet below and to the right of a corner, in cells of one side.
func (s Sheet) draw(c draw.Canvas, corner vg.Point, side vg.Length, inRow int) {
	style := text.Style{Color: color.Black, Font: font.From(plot.DefaultFont, vg.Points(11)), XAlign: draw.XLeft, YAlign: draw.YTop, Handler: plot.DefaultTextHandler}
	style.Font.Variant = "Sans"
	c.FillText(style, corner, s.Title)
	top := corner.Y - vg.Points(18)
	style.XAlign, style.Font.Size = draw.XCenter, vg.Points(9)
	for i, m := range s.Images {
		at := vg.Point{X: corner.X + side*vg.Length(i%inRow), Y: top - side*vg.Length(i/inRow)}
		room := 0.92 * side
		if m.Caption != "" {
			room = side - vg.Points(13)
			c.FillText(style, vg.Point{X: at.X + room/2, Y: at.Y - room - vg.Points(1)}, m.Caption)
		}
		m.draw(c, at, room)
	}
}

// seam is the part of a pixel that lies below its neighbours, so that no light shines through between them.
const seam = 0.1

// draw fills a square below and to the right of a corner.
func (m Image) draw(c draw.Canvas, corner vg.Point, side vg.Length) {
	low, high := slices.Min(m.Pixels), slices.Max(m.Pixels)
	pixel := side / vg.Length(max(m.Rows, m.Cols))
	for i, v := range m.Pixels {
		ink := 0.5
		if high > low {
			ink = (v - low) / (high - low)
		}
		x, y := vg.Length(i%m.Cols), vg.Length(i/m.Cols)
		right, bottom := min(x+1+seam, vg.Length(m.Cols)), min(y+1+seam, vg.Length(m.Rows))
		c.SetColor(color.Gray{Y: uint8(math.Round(255 * (1 - ink)))})
		c.Fill(vg.Rectangle{Min: vg.Point{X: corner.X + pixel*x, Y: corner.Y - pixel*bottom}, Max: vg.Point{X: corner.X + pixel*right, Y: corner.Y - pixel*y}}.Path())
	}
	frame := vg.Rectangle{Min: vg.Point{X: corner.X, Y: corner.Y - pixel*vg.Length(m.Rows)}, Max: vg.Point{X: corner.X + pixel*vg.Length(m.Cols), Y: corner.Y}}
	c.SetColor(pale)
	c.SetLineWidth(vg.Points(0.5))
	c.Stroke(frame.Path())
}
