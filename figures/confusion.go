package figures

import (
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"
	"strconv"
	"unicode/utf8"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	mostNumbered = 20 // classes whose cells have their numbers in them
	mostNamed    = 40 // classes that have their names beside them; of more, some have
	longestName  = 12 // letters of a name that are drawn
)

// Confusion draws how often samples of each class are taken for each: counts[i][j] are those of class i that are taken for j, and the
// darker a cell is, the larger a share of its class it has. Where there is room, the cells have their counts, each row has its recall
// at its right, and each column its precision below.
func Confusion(w io.Writer, format string, classes []string, counts [][]int) error {
	n := len(classes)
	if n < 2 || len(counts) != n {
		return fmt.Errorf("figure of the confusion: %d names for %d classes; give one for each of at least two", n, len(counts))
	}
	for i, row := range counts {
		if len(row) != n {
			return fmt.Errorf("figure of the confusion: class %d has %d counts; give one for each of the %d classes", i, len(row), n)
		}
		for _, c := range row {
			if c < 0 {
				return errors.New("figure of the confusion: a count is below 0; count samples")
			}
		}
	}
	t := confusion{classes: classes, counts: counts, numbered: n <= mostNumbered}
	for _, name := range classes {
		t.margin = max(t.margin, vg.Points(7)*vg.Length(min(utf8.RuneCountInString(name), longestName)))
	}
	t.margin += vg.Points(24)
	if t.numbered {
		t.margin, t.ends = max(t.margin, vg.Points(70)), vg.Points(46) // there stands "precision", here a percentage
	}
	return renderOn(w, format, width, width, t.draw)
}

// confusion is the table that Confusion draws.
type confusion struct {
	classes  []string
	counts   [][]int
	numbered bool
	margin   vg.Length // for the names
	ends     vg.Length // for precision and recall
	side     vg.Length // of a cell
	corner   vg.Point  // of the cells, upper left
	canvas   draw.Canvas
}

func (t *confusion) draw(c draw.Canvas) {
	t.canvas = c
	t.side = (min(c.Size().X, c.Size().Y) - t.margin - t.ends) / vg.Length(len(t.classes))
	t.corner = vg.Point{X: c.Min.X + t.margin, Y: c.Max.Y - t.margin}
	for i, row := range t.counts {
		of := 0
		for _, v := range row {
			of += v
		}
		for j, v := range row {
			t.cell(i, j, float64(v)/math.Max(1, float64(of)))
			if t.numbered {
				ink := color.Color(color.Black)
				if 2*v > of {
					ink = color.White
				}
				t.write(t.centre(i, j), strconv.Itoa(v), ink)
			}
		}
	}
	t.names()
	if t.numbered {
		t.shares()
	}
}

// cell fills a cell: white of a share of 0, blue of 1.
func (t *confusion) cell(i, j int, share float64) {
	mix := func(to uint8) uint8 { return uint8(math.Round(255 - share*(255-float64(to)))) }
	at := t.centre(i, j)
	half := t.side / 2
	box := vg.Rectangle{Min: vg.Point{X: at.X - half, Y: at.Y - half}, Max: vg.Point{X: at.X + half, Y: at.Y + half}}.Path()
	t.canvas.SetColor(color.RGBA{mix(blue.R), mix(blue.G), mix(blue.B), 255})
	t.canvas.Fill(box)
	t.canvas.SetColor(pale)
	t.canvas.SetLineWidth(vg.Points(0.5))
	t.canvas.Stroke(box)
}

// centre is the middle of a cell; row or column len(classes) are those of precision and recall.
func (t *confusion) centre(i, j int) vg.Point {
	along := func(k int) vg.Length {
		if k == len(t.classes) {
			return t.side*vg.Length(k) + t.ends/2
		}
		return t.side * (vg.Length(k) + 0.5)
	}
	return vg.Point{X: t.corner.X + along(j), Y: t.corner.Y - along(i)}
}

// names writes those of the classes beside their rows and above their columns.
func (t *confusion) names() {
	every := (len(t.classes) + mostNamed - 1) / mostNamed
	for i := 0; i < len(t.classes); i += every {
		name := []rune(t.classes[i])
		if len(name) > longestName {
			name = append(name[:longestName-1], '…')
		}
		beside, above := t.centre(i, 0), t.centre(0, i)
		beside.X -= t.side/2 + vg.Points(5)
		above.Y += t.side/2 + vg.Points(5)
		t.label(beside, string(name), draw.XRight, draw.YCenter, 0)
		if len(t.classes) <= mostNumbered && longest(t.classes) <= 3 {
			t.label(above, string(name), draw.XCenter, draw.YBottom, 0)
		} else {
			t.label(above, string(name), draw.XLeft, draw.YCenter, math.Pi/2)
		}
	}
	middle := t.side * vg.Length(len(t.classes)) / 2
	t.label(vg.Point{X: t.corner.X + middle, Y: t.canvas.Max.Y}, "taken for", draw.XCenter, draw.YTop, 0)
	t.label(vg.Point{X: t.canvas.Min.X, Y: t.corner.Y - middle}, "class", draw.XCenter, draw.YTop, math.Pi/2)
}

func longest(names []string) (n int) {
	for _, name := range names {
		n = max(n, utf8.RuneCountInString(name))
	}
	return n
}

// shares writes the recall of each class and the precision of each answer.
func (t *confusion) shares() {
	n := len(t.classes)
	for k := range n {
		row, column := 0, 0
		for i := range n {
			row, column = row+t.counts[k][i], column+t.counts[i][k]
		}
		t.write(t.centre(k, n), percent(t.counts[k][k], row), red)
		t.write(t.centre(n, k), percent(t.counts[k][k], column), red)
	}
	t.label(vg.Point{X: t.centre(0, n).X, Y: t.corner.Y + vg.Points(5)}, "recall", draw.XCenter, draw.YBottom, 0)
	t.label(vg.Point{X: t.corner.X - vg.Points(5), Y: t.centre(n, 0).Y}, "precision", draw.XRight, draw.YCenter, 0)
}

// percent is a share as a text; of none it is a dash.
func percent(part, of int) string {
	if of == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(part)/float64(of))
}

// write writes into a cell, in letters that fit.
func (t *confusion) write(at vg.Point, s string, ink color.Color) {
	points := min(vg.Points(12), t.side*vg.Length(1.5/math.Max(4, float64(len(s)))))
	style := letters(points)
	style.Color, style.XAlign, style.YAlign = ink, draw.XCenter, draw.YCenter
	t.canvas.FillText(style, at, s)
}

func (t *confusion) label(at vg.Point, s string, x text.XAlignment, y text.YAlignment, rotation float64) {
	style := letters(min(vg.Points(11), max(vg.Points(6), t.side*0.7)))
	style.XAlign, style.YAlign, style.Rotation = x, y, rotation
	t.canvas.FillText(style, at, s)
}

// letters are black ones of a size.
func letters(size vg.Length) text.Style {
	style := text.Style{Color: color.Black, Font: font.From(plot.DefaultFont, size), Handler: plot.DefaultTextHandler}
	style.Font.Variant = "Sans"
	return style
}
