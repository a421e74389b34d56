package data

import (
	"errors"
	"fmt"
)

// Source is samples in a fixed order, each a row of inputs with a row of targets: of classification 1 in the column of its class and 0
// elsewhere, of regression the values to predict. One goroutine at a time reads a source.
type Source interface {
	Len() int     // samples
	Inputs() int  // numbers of a sample
	Outputs() int // numbers of a target: the classes, or the values
	// Read32 writes the samples of these numbers, 0 to Len()-1 in any order and as often as wanted, to x, len(rows) × Inputs(), and
	// their targets to t, len(rows) × Outputs(); either may be nil, and both may be longer.
	Read32(x, t []float32, rows []int) error
	// Read64 is Read32 for nets that compute in float64.
	Read64(x, t []float64, rows []int) error
}

// Read is Read32 or Read64.
func Read[T Float](s Source, x, t []T, rows []int) error {
	if x, ok := any(x).([]float32); ok {
		return s.Read32(x, any(t).([]float32), rows)
	}
	return s.Read64(any(x).([]float64), any(t).([]float64), rows)
}

// Set is what a training takes: samples to learn from, samples to test on, and what they mean.
type Set struct {
	Name        string
	Shape       []int    // of a sample: (inputs), or (channels, height, width) of images
	Classes     []string // their names, in the order of a target's columns; nil of regression
	Train, Test Source   // Test may be nil
	// Preprocessing is what a model must know to treat new input as these samples were treated; nil where they are taken as they are.
	Preprocessing *Preprocessing

	store *store // of a set that Open made
}

var errNoSet = errors.New("no set of samples: Open one, or fill in a Set")

// Set is the set itself, checked: so whatever has a Set can be trained on.
func (s *Set) Set() (*Set, error) {
	if s == nil {
		return nil, errNoSet
	}
	inputs := 1
	for _, d := range s.Shape {
		inputs *= d
	}
	switch {
	case s.Train == nil || s.Train.Len() == 0:
		return nil, fmt.Errorf("%s: there are no training samples", s.Name)
	case inputs < 1 || len(s.Shape) == 0 || inputs != s.Train.Inputs():
		return nil, fmt.Errorf("%s: samples of the shape %v and sources of %d inputs: both are to be the same, and at least 1", s.Name, s.Shape, s.Train.Inputs())
	case s.Train.Outputs() < 1:
		return nil, fmt.Errorf("%s: targets of %d numbers: at least 1", s.Name, s.Train.Outputs())
	case len(s.Classes) > 0 && len(s.Classes) != s.Train.Outputs():
		return nil, fmt.Errorf("%s: %d classes and targets of %d numbers: both are to be the same", s.Name, len(s.Classes), s.Train.Outputs())
	case s.Test != nil && (s.Test.Inputs() != inputs || s.Test.Outputs() != s.Train.Outputs()):
		return nil, fmt.Errorf("%s: test samples of %d inputs and %d outputs, training samples of %d and %d: both are to be the same",
			s.Name, s.Test.Inputs(), s.Test.Outputs(), inputs, s.Train.Outputs())
	}
	return s, nil
}

// Regression reports whether the targets are values, not classes.
func (s *Set) Regression() bool { return len(s.Classes) == 0 }

// Floats are samples in memory: x is n × inputs, t is n × outputs, row by row. They are not copied.
func Floats[T Float](x, t []T, inputs, outputs int) (Source, error) {
	if inputs < 1 || outputs < 1 || len(x)%inputs != 0 || len(t)%outputs != 0 || len(x)/inputs != len(t)/outputs {
		return nil, fmt.Errorf("%d numbers of inputs and %d of targets are no rows of %d and %d: there is to be one of each for a sample", len(x), len(t), inputs, outputs)
	}
	return &floats[T]{x, t, inputs, outputs}, nil
}

type floats[T Float] struct {
	x, t            []T
	inputs, outputs int
}

func (f *floats[T]) Len() int     { return len(f.x) / f.inputs }
func (f *floats[T]) Inputs() int  { return f.inputs }
func (f *floats[T]) Outputs() int { return f.outputs }

func (f *floats[T]) Read32(x, t []float32, rows []int) error { return readFloats(f, x, t, rows) }
func (f *floats[T]) Read64(x, t []float64, rows []int) error { return readFloats(f, x, t, rows) }

func readFloats[T, U Float](f *floats[T], x, t []U, rows []int) error {
	if err := checkRows(f, len(x), len(t), x == nil, t == nil, rows); err != nil {
		return err
	}
	for i, at := range rows {
		if x != nil {
			convert(x[i*f.inputs:(i+1)*f.inputs], f.x[at*f.inputs:])
		}
		if t != nil {
			convert(t[i*f.outputs:(i+1)*f.outputs], f.t[at*f.outputs:])
		}
	}
	return nil
}

// convert sets dst[i] = src[i].
func convert[T, U Float](dst []U, src []T) {
	for i := range dst {
		dst[i] = U(src[i])
	}
}

// checkRows makes sure that a source has these rows, and that what is not left out has room for them.
func checkRows(s Source, x, t int, noX, noT bool, rows []int) error {
	for _, at := range rows {
		if at < 0 || at >= s.Len() {
			return fmt.Errorf("sample %d is not there: the source has %d", at, s.Len())
		}
	}
	if !noX {
		if err := checkRoom(len(rows), x, s.Inputs()); err != nil {
			return err
		}
	}
	if !noT {
		return checkRoom(len(rows), t, s.Outputs())
	}
	return nil
}

// Subset is some of the samples of a source, by their numbers.
func Subset(s Source, rows []int) (Source, error) {
	for _, at := range rows {
		if at < 0 || at >= s.Len() {
			return nil, fmt.Errorf("sample %d is not there: the source has %d", at, s.Len())
		}
	}
	return &subset{Source: s, rows: rows}, nil
}

type subset struct {
	Source
	rows, there []int // there is scratch: numbers in the whole source
}

func (s *subset) Len() int { return len(s.rows) }

func (s *subset) Read32(x, t []float32, rows []int) error { return readSubset(s, x, t, rows) }
func (s *subset) Read64(x, t []float64, rows []int) error { return readSubset(s, x, t, rows) }

func readSubset[T Float](s *subset, x, t []T, rows []int) error {
	s.there = s.there[:0]
	for _, at := range rows {
		if at < 0 || at >= len(s.rows) {
			return fmt.Errorf("sample %d is not there: the source has %d", at, len(s.rows))
		}
		s.there = append(s.there, s.rows[at])
	}
	return Read(s.Source, x, t, s.there)
}
