package data

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// samples are what a reader has brought into a store: first those to train on, then those to test on where the data have some.
type samples struct {
	layout
	store   *store
	train   int           // how many of the store's records are to train on; all, where the data have no test samples of their own
	shape   []int         // of a sample that is no row of numbers: (channels, height, width)
	columns []string      // the names of a table's; nil of others
	values  []*dictionary // of each column, nil of numbers; nil of others
	classes *dictionary   // nil of regression
	label   string        // the column of a table's classes
	targets []string      // the names of regression's values
	divisor float64       // of the raw numbers; 0 is 1
}

// set makes a training and a test source of samples: split, and with the preprocessing that the training samples teach.
func (s *samples) set(name string, o *OpenOptions) (*Set, error) {
	if err := s.worthClasses(); err != nil {
		return nil, err
	}
	train, test, err := s.split(o)
	if err != nil {
		return nil, err
	}
	prep, err := s.preprocessing(train, o)
	if err != nil {
		return nil, err
	}
	set := &Set{Name: name, Shape: s.shape, Preprocessing: prep, store: s.store}
	var classes []int
	if s.classes != nil {
		set.Classes = o.Classes
		if set.Classes == nil {
			set.Classes = s.classes.sorted()
		}
		classes = s.classes.ranks(set.Classes)
		if i := slices.Index(classes, -1); i >= 0 {
			return nil, fmt.Errorf("class %q is none of the model's: %s", s.classes.values[i], list(set.Classes))
		}
	}
	source := func(rows []int) *records {
		r := &records{layout: s.layout, store: s.store, rows: rows, prep: prep, classes: classes, inputs: s.width, outputs: s.layout.targets,
			scratch: make([]byte, s.size()), numbers: make([]float64, s.width)}
		if s.classes != nil {
			r.outputs = len(set.Classes)
		}
		if s.columns != nil {
			r.inputs = prep.Inputs()
			for i, d := range s.values {
				if r.ranks = append(r.ranks, nil); d != nil {
					r.ranks[i] = d.ranks(prep.Columns[i].Categories)
				}
			}
		}
		return r
	}
	set.Train = source(train)
	if set.Shape == nil {
		set.Shape = []int{set.Train.Inputs()}
	}
	if len(test) > 0 {
		set.Test = source(test)
	}
	return set.Set()
}

// list names some of many values.
func list(values []string) string {
	const most = 10
	if len(values) > most {
		return fmt.Sprintf("%q and %d others", values[:most], len(values)-most)
	}
	return fmt.Sprintf("%q", values)
}

// usualSplit is the part of the samples to test on where the data have none.
const usualSplit = 0.2

// split says which records are to train and which to test on: a part that the seed draws, each in the order of the data.
func (s *samples) split(o *OpenOptions) (train, test []int, err error) {
	n := s.store.n
	rows := upTo(n)
	if s.train < n {
		if o.Split != 0 {
			return nil, nil, errors.New("they have test samples of their own: split nothing off")
		}
		return rows[:s.train:s.train], rows[s.train:], nil
	}
	part := o.Split
	if part == 0 {
		part = usualSplit
	}
	count := int(math.Round(part * float64(n)))
	if count < 1 || count >= n {
		return nil, nil, fmt.Errorf("%d samples: a part of %v for testing leaves none on one side: take more samples, or another part", n, part)
	}
	r := rand.New(rand.NewPCG(o.Seed, splitStream))
	r.Shuffle(n, func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	train, test = rows[count:], rows[:count]
	slices.Sort(train)
	slices.Sort(test)
	return train, test, nil
}

// splitStream keeps the numbers of a split apart from those of batches and of weights, which have the same seed.
const splitStream = 0x5b117

// preprocessing is that of the model that the samples are for, or what the training samples teach.
func (s *samples) preprocessing(train []int, o *OpenOptions) (*Preprocessing, error) {
	if o.Like != nil { // the readers have followed it
		if n := o.Like.Inputs(); s.columns == nil && (o.Like.Columns != nil || n != 0 && n != s.width) {
			return nil, fmt.Errorf("samples of %d numbers, and the model reads %s", s.width, o.Like.reads())
		}
		return o.Like, nil
	}
	p := &Preprocessing{Divisor: s.divisor, Label: s.label}
	if s.shape != nil {
		p.Image = &Image{s.shape[0], s.shape[1], s.shape[2]}
	}
	for _, name := range s.targets {
		p.Targets = append(p.Targets, Target{Name: name})
	}
	learned, err := s.learn(train, o.Standardise)
	if err != nil {
		return nil, err
	}
	for i, name := range s.columns {
		c := Column{Name: name}
		if d := s.values[i]; d != nil {
			for _, v := range d.sorted() {
				if learned.seen[i][d.numbers[v]] {
					c.Categories = append(c.Categories, v)
				}
			}
		}
		p.Columns = append(p.Columns, c)
	}
	if o.Standardise {
		s.standardise(p, learned)
	}
	if p.Image == nil && p.Columns == nil && p.Divisor == 0 && p.Mean == nil && p.Targets == nil {
		return nil, nil
	}
	return p, p.Check()
}

// standardise gives the preprocessing what was learned: of pictures for each channel, of others for each number.
func (s *samples) standardise(p *Preprocessing, learned *lesson) {
	divisor := 1.0
	if s.divisor > 0 {
		divisor = s.divisor
	}
	for i, m := range learned.numbers {
		if s.columns == nil || s.values[i] == nil {
			p.Mean, p.Std = append(p.Mean, m.mean/divisor), append(p.Std, m.deviation()/divisor)
			continue
		}
		for range p.Columns[i].Categories {
			p.Mean, p.Std = append(p.Mean, 0), append(p.Std, 1)
		}
	}
	for i, m := range learned.targets {
		if i < len(p.Targets) {
			p.Targets[i].Mean, p.Targets[i].Std = m.mean, m.deviation()
		}
	}
}

// lesson is what training samples teach.
type lesson struct {
	numbers []moments // of each raw number, or of each channel of pictures
	targets []moments
	seen    [][]bool // of each column, which values there are
}

// moments are a mean and the sum of squared deviations from it (Welford's way).
type moments struct{ n, mean, squares float64 }

func (m *moments) add(v float64) {
	m.n++
	from := v - m.mean
	m.mean += from / m.n
	m.squares += from * (v - m.mean)
}

// deviation is the standard deviation, √(Σ(v−mean)²/n); 1 of what does not vary, but for rounding.
func (m *moments) deviation() float64 {
	const rounding, tiny = 1e-12, 1e-30
	if d := math.Sqrt(m.squares / m.n); d > max(rounding*math.Abs(m.mean), tiny) {
		return d
	}
	return 1
}

// learn goes through the training samples where there is something to learn.
func (s *samples) learn(train []int, standardise bool) (*lesson, error) {
	l := &lesson{numbers: make([]moments, s.width), targets: make([]moments, s.layout.targets), seen: make([][]bool, len(s.values))}
	if s.shape != nil {
		l.numbers = l.numbers[:s.shape[0]]
	}
	categories := false
	for i, d := range s.values {
		if d != nil {
			categories, l.seen[i] = true, make([]bool, len(d.values))
		}
	}
	if !categories && !standardise {
		return l, nil
	}
	raw, scratch := make([]float64, s.width), make([]byte, s.size())
	piece := s.width / len(l.numbers)
	for _, at := range train {
		record, err := s.store.record(at, scratch)
		if err != nil {
			return nil, err
		}
		s.raw(raw, record)
		for i, v := range raw {
			if i < len(l.seen) && l.seen[i] != nil {
				l.seen[i][int(v)] = true
			} else if standardise {
				l.numbers[i/piece].add(v)
			}
		}
		for i := range l.targets {
			l.targets[i].add(s.target(record, i))
		}
	}
	return l, nil
}

// worthClasses is an error where what was taken for classes are surely values of regression: numbers with a fraction, or almost all
// different.
func (s *samples) worthClasses() error {
	if s.classes == nil || !allNumbers(s.classes.values) {
		return nil
	}
	different := len(s.classes.values)
	fraction := slices.ContainsFunc(s.classes.values, func(v string) bool {
		n, _ := parseNumber(v)
		return n != math.Trunc(n)
	})
	if fraction || different > 20 && 3*different > s.store.n {
		return fmt.Errorf("%d samples have %d different numbers as classes: for values to predict, ask for regression (-task regression)", s.store.n, different)
	}
	return nil
}
