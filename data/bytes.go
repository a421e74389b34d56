package data

import "strconv"

// Set is the dataset as float rows: pixels divided by 255, labels one-hot. A dataset that Check refuses is an error.
func (d *Dataset) Set() (*Set, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	s := &Set{Name: d.Name, Shape: []int{1, d.Rows, d.Cols}, Train: d.Source(&d.Train), Preprocessing: ofImages(1, d.Rows, d.Cols)}
	for i := range d.Classes {
		s.Classes = append(s.Classes, strconv.Itoa(i))
	}
	if d.Test.Len() > 0 {
		s.Test = d.Source(&d.Test)
	}
	return s, nil
}

// Source is a split as float rows, of the dataset's size of images and classes.
func (d *Dataset) Source(s *Split) Source { return &labelled{s, d.Rows * d.Cols, d.Classes} }

// Bytes is the split behind a source of [Dataset.Source]; nil of others.
func Bytes(s Source) *Split {
	if l, ok := s.(*labelled); ok {
		return l.split
	}
	return nil
}

// labelled is a split as a Source.
type labelled struct {
	split           *Split
	pixels, classes int
}

func (l *labelled) Len() int {
	if l.split == nil {
		return 0
	}
	return l.split.Len()
}
func (l *labelled) Inputs() int  { return l.pixels }
func (l *labelled) Outputs() int { return l.classes }

// Check is that of the split.
func (l *labelled) Check() error { return l.split.Check(l.pixels, l.classes) }

func (l *labelled) Read32(x, t []float32, rows []int) error { return readLabelled(l, x, t, rows) }
func (l *labelled) Read64(x, t []float64, rows []int) error { return readLabelled(l, x, t, rows) }

// readLabelled takes images that lie side by side in one piece.
func readLabelled[T Float](l *labelled, x, t []T, rows []int) (err error) {
	if from, ok := sideBySide(rows); ok {
		if x != nil {
			err = PixelRange(x, l.split, from, from+len(rows))
		}
		if t != nil && err == nil {
			err = OneHotRange(t, l.split, from, from+len(rows), l.classes)
		}
		return err
	}
	if x != nil {
		err = Pixels(x, l.split, rows)
	}
	if t != nil && err == nil {
		err = OneHot(t, l.split, rows, l.classes)
	}
	return err
}

// sideBySide reports whether rows are from, from+1, from+2 and so on.
func sideBySide(rows []int) (from int, ok bool) {
	for i, at := range rows {
		if at != rows[0]+i {
			return 0, false
		}
	}
	if len(rows) > 0 {
		from = rows[0]
	}
	return from, true
}
