package data

import (
	"encoding/json"
	"fmt"
	"math"
)

// Preprocessing is what turns a raw sample into a model's inputs, as the training data were turned: a plain value, kept as JSON text in
// the model's file.
//
// A raw sample is numbers: the bytes of an image, channel by channel and row by row, or the fields of a table's row, where a category is
// its number in its column. They are divided by Divisor, categories become one-hot, and then Mean is taken off and Std divided by.
type Preprocessing struct {
	Image   *Image   `json:"image,omitempty"`   // of pictures; nil of others
	Columns []Column `json:"columns,omitempty"` // of a table, those of its inputs in their order; nil of others
	Divisor float64  `json:"divisor,omitempty"` // 255 of bytes; 0 is 1
	// Mean and Std are those of the training samples, one for each input, or for each channel of pictures; nil where they are not
	// standardised. Inputs of categories have 0 and 1, and what never varies has a Std of 1.
	Mean []float64 `json:"mean,omitempty"`
	Std  []float64 `json:"std,omitempty"`
	// Targets are the values of regression; nil of classification.
	Targets []Target `json:"targets,omitempty"`
	// Label is the column of a table with the classes; empty of others.
	Label string `json:"label,omitempty"`
}

// Image is the size that pictures are scaled to. One channel is grey, three are red, green and blue.
type Image struct {
	Channels int `json:"channels"`
	Height   int `json:"height"`
	Width    int `json:"width"`
}

// Column is an input column of a table.
type Column struct {
	Name       string   `json:"name"`
	Categories []string `json:"categories,omitempty"` // each an input; nil of a column of numbers, which is one input
}

// Target is a value of regression: what a model puts out times Std plus Mean.
type Target struct {
	Name string  `json:"name,omitempty"`
	Mean float64 `json:"mean,omitempty"`
	Std  float64 `json:"std,omitempty"` // 0 is 1
}

func ofImages(channels, height, width int) *Preprocessing {
	return &Preprocessing{Image: &Image{channels, height, width}, Divisor: 255}
}

// Inputs is how many numbers a model reads of a sample; 0 where the preprocessing does not say, because it neither has pictures nor
// columns nor a mean of each input.
func (p *Preprocessing) Inputs() int {
	switch {
	case p == nil:
		return 0
	case p.Image != nil:
		return p.Image.Channels * p.Image.Height * p.Image.Width
	case len(p.Columns) == 0:
		return len(p.Mean)
	}
	n := 0
	for _, c := range p.Columns {
		n += max(1, len(c.Categories))
	}
	return n
}

// reads says what Inputs are of.
func (p *Preprocessing) reads() string {
	if p.Columns != nil {
		return fmt.Sprintf("a table of %d columns", len(p.Columns))
	}
	return fmt.Sprintf("%d numbers", p.Inputs())
}

// labels are the columns of a table with what is to be predicted.
func (p *Preprocessing) labels() (names []string) {
	if p == nil {
		return nil
	}
	for _, t := range p.Targets {
		names = append(names, t.Name)
	}
	if p.Label != "" {
		names = append(names, p.Label)
	}
	return names
}

// Text is the preprocessing as JSON, for the file of a model; empty of none.
func (p *Preprocessing) Text() string {
	if p == nil {
		return ""
	}
	text, err := json.Marshal(p)
	if err != nil { // a number that is none: Check refuses it
		return ""
	}
	return string(text)
}

// ParsePreprocessing reads what Text wrote; nil of no text. What contradicts itself is an error.
func ParsePreprocessing(text string) (*Preprocessing, error) {
	if text == "" {
		return nil, nil
	}
	p := new(Preprocessing)
	if err := json.Unmarshal([]byte(text), p); err != nil {
		return nil, fmt.Errorf("the preprocessing %.40q: %v: take the text that Preprocessing.Text gave", text, err)
	}
	return p, p.Check()
}

// Check reports what contradicts itself.
func (p *Preprocessing) Check() error {
	if p == nil {
		return nil
	}
	if i := p.Image; i != nil {
		if i.Channels != 1 && i.Channels != 3 || i.Height < 1 || i.Width < 1 || i.Height > mostInputs || i.Width > mostInputs/i.Channels/i.Height {
			return fmt.Errorf("preprocessing: pictures of %dx%dx%d: want 1 or 3 channels, a height and a width of at least 1, and %d numbers at most", i.Channels, i.Height, i.Width, mostInputs)
		}
		if len(p.Columns) > 0 {
			return fmt.Errorf("preprocessing: both pictures and columns: a sample is one of the two")
		}
	}
	if !(p.Divisor >= 0) || math.IsInf(p.Divisor, 0) {
		return fmt.Errorf("preprocessing: a divisor of %v: want a number above 0, such as 255", p.Divisor)
	}
	n := p.Inputs()
	if n > mostInputs {
		return fmt.Errorf("preprocessing: %d inputs, of columns one for each category: at most %d", n, mostInputs)
	}
	if len(p.Mean) != len(p.Std) || len(p.Mean) > 0 && len(p.Mean) != n && (p.Image == nil || len(p.Mean) != p.Image.Channels) {
		return fmt.Errorf("preprocessing: %d means and %d standard deviations of %d inputs: want one of each for an input, or none", len(p.Mean), len(p.Std), n)
	}
	for i, s := range p.Std {
		if !(s > 0) || math.IsInf(s, 0) || math.IsNaN(p.Mean[i]) || math.IsInf(p.Mean[i], 0) {
			return fmt.Errorf("preprocessing: mean %v and standard deviation %v of input %d: want numbers, and a deviation above 0", p.Mean[i], s, i)
		}
	}
	at := 0
	for _, c := range p.Columns {
		for k := range max(1, len(c.Categories)) {
			if len(p.Mean) > 0 && c.Categories != nil && (p.Mean[at+k] != 0 || p.Std[at+k] != 1) {
				return fmt.Errorf("preprocessing: mean %v and standard deviation %v of a category of %q: want 0 and 1", p.Mean[at+k], p.Std[at+k], c.Name)
			}
		}
		at += max(1, len(c.Categories))
	}
	for _, t := range p.Targets {
		if !(t.Std >= 0) || math.IsInf(t.Std, 0) || math.IsNaN(t.Mean) || math.IsInf(t.Mean, 0) {
			return fmt.Errorf("preprocessing: mean %v and standard deviation %v of target %q: want numbers, and a deviation of at least 0", t.Mean, t.Std, t.Name)
		}
	}
	return nil
}

// Apply makes the inputs of one sample, dst, of its raw numbers. A category that the training samples did not have, -1, is all zeros.
// dst and raw may be the same where the preprocessing has no categories.
func Apply[T, U Float](p *Preprocessing, dst []T, raw []U) {
	if p == nil {
		convert(dst[:len(raw)], raw)
		return
	}
	divisor, piece := 1.0, 1 // piece is how many inputs have one mean
	if p.Divisor > 0 {
		divisor = p.Divisor
	}
	if p.Image != nil && len(p.Mean) > 0 {
		piece = max(1, len(raw)/len(p.Mean))
	}
	at := 0
	for i, v := range raw {
		if i < len(p.Columns) && p.Columns[i].Categories != nil {
			hot := dst[at : at+len(p.Columns[i].Categories)]
			clear(hot)
			if v >= 0 && int(v) < len(hot) {
				hot[int(v)] = 1
			}
			at += len(hot)
			continue
		}
		x := float64(v) / divisor // in float64: what is taken off may be far larger than what is left
		if len(p.Mean) > 0 {
			x = (x - p.Mean[at/piece]) / p.Std[at/piece]
		}
		dst[at] = T(x)
		at++
	}
}

// target is a value of regression in the units that a model predicts.
func (p *Preprocessing) target(i int, v float64) float64 {
	if p == nil || i >= len(p.Targets) {
		return v
	}
	v -= p.Targets[i].Mean
	if s := p.Targets[i].Std; s > 0 {
		v /= s
	}
	return v
}

// Predicted turns what a model put out for one sample, in place, into the units of the targets.
func (p *Preprocessing) Predicted(y []float64) {
	if p == nil {
		return
	}
	for i := range min(len(y), len(p.Targets)) {
		t := p.Targets[i]
		if t.Std > 0 {
			y[i] *= t.Std
		}
		y[i] += t.Mean
	}
}
