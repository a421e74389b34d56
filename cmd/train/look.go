package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/figures"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/train"
)

// look adds what -out shows of a model that has come to its end: what it confuses, and what its first layer looks for.
func (o *options) look(m *models.Model, d *data.Set, s *state) error {
	s.often = o.evalEvery > 0
	if o.out == "" || s.history.Interrupted {
		return nil
	}
	if !d.Regression() {
		eval, err := train.NewEvaluator(m, d)
		if err != nil {
			return err
		}
		defer eval.Close()
		if s.confusion, err = eval.Confusion(d.Test); err != nil {
			return err
		}
	}
	learned, err := m.Learned()
	if err != nil {
		return err
	}
	s.weights = weights(learned[0], d)
	return nil
}

// mostWeights is how many units of the first layer are drawn, or filters.
const mostWeights = 50

// weightsInRow is how many stand beside each other.
func weightsInRow(images int) int { return min(images, 10) }

// weights are those of the first layer as images: what each unit of a dense layer has for each pixel, or each filter. Channels stand
// one below the other. Where the samples are no images there are none.
func weights(p models.Param, d *data.Set) figures.Sheet {
	var of func(unit int) []float64
	units, rows, cols := 0, 0, 0
	switch {
	case len(p.Shape) == 2 && len(d.Shape) == 3:
		units, rows, cols = p.Shape[1], d.Shape[0]*d.Shape[1], d.Shape[2]
		of = func(unit int) (w []float64) {
			for i := range p.Shape[0] {
				w = append(w, p.Init[i*units+unit])
			}
			return w
		}
	case len(p.Shape) == 4:
		units, rows, cols = p.Shape[0], p.Shape[1]*p.Shape[2], p.Shape[3]
		of = func(unit int) []float64 { return p.Init[unit*rows*cols:][:rows*cols] }
	}
	sheet := figures.Sheet{Title: p.Name}
	if units > mostWeights {
		sheet.Title = fmt.Sprintf("%s, the first %d of %d", p.Name, mostWeights, units)
	}
	for unit := range min(units, mostWeights) {
		image := figures.Image{Rows: rows, Cols: cols, Pixels: of(unit)}
		if len(p.Shape) == 2 && units == len(d.Classes) {
			image.Caption = d.Classes[unit]
		}
		sheet.Images = append(sheet.Images, image)
	}
	return sheet
}

// writeConfusion writes a row for each class: how many of its samples are taken for which.
func writeConfusion(w io.Writer, c *train.Confusion) error {
	out := csv.NewWriter(w)
	_ = out.Write(append([]string{"class"}, c.Classes...)) // an error stays
	for i, counts := range c.Counts {
		row := []string{c.Classes[i]}
		for _, n := range counts {
			row = append(row, strconv.Itoa(n))
		}
		_ = out.Write(row)
	}
	out.Flush()
	return out.Error()
}

// writeClasses writes a row for each class. What there is none of, such as the precision of an answer that is never given, is empty.
func writeClasses(w io.Writer, c *train.Confusion) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"class", "samples", "precision", "recall", "f1"})
	for i, name := range c.Classes {
		row := []string{name, strconv.Itoa(c.Samples[i])}
		for _, v := range []float64{c.Precision(i), c.Recall(i), c.F1(i)} {
			cell := ""
			if v == v { // a number
				cell = number(v)
			}
			row = append(row, cell)
		}
		_ = out.Write(row)
	}
	out.Flush()
	return out.Error()
}
