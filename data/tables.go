package data

import (
	"fmt"
	"io"
	"slices"
)

// tableColumn is a column that is read.
type tableColumn struct {
	name   string
	values *dictionary // of its categories, or classes; nil of numbers
}

// tableColumns are what tables are read for.
type tableColumns struct {
	inputs, targets []tableColumn
}

// readTables reads a table to train on, and maybe one to test on.
func readTables(paths []string, o *OpenOptions) (*samples, error) {
	if o.Like != nil && o.Like.Columns == nil {
		return nil, fmt.Errorf("%s: a table, and the model reads %s", paths[0], o.Like.reads())
	}
	columns, err := chooseColumns(paths[0], o)
	if err != nil {
		return nil, err
	}
	s := &samples{layout: layout{width: len(columns.inputs), bytes: 8, targets: len(columns.targets)}}
	s.store = o.newStore(s.size())
	for _, c := range columns.inputs {
		s.columns, s.values = append(s.columns, c.name), append(s.values, c.values)
	}
	for _, c := range columns.targets {
		if s.classes = c.values; s.classes == nil {
			s.targets = append(s.targets, c.name)
		} else {
			s.label = c.name
		}
	}
	for i, path := range paths {
		if err := columns.read(path, s); err != nil {
			return s, err
		}
		if i == 0 {
			s.train = s.store.n
		}
	}
	return s, nil
}

// chooseColumns finds out, in a first pass over the training table, which columns are read and which of them are numbers.
func chooseColumns(path string, o *OpenOptions) (*tableColumns, error) {
	t, err := openTable(path)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	c, at, err := t.choose(o)
	if err != nil {
		return nil, err
	}
	if o.Like != nil {
		return c, nil // which columns are numbers is known
	}
	kinds := make([]struct{ number, other string }, len(at)) // where the first of each is
	for n := 0; ; n++ {
		fields, err := t.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		for i, column := range at {
			k := &kinds[i]
			if k.number != "" && k.other != "" {
				continue
			}
			if err := t.present(column, fields[column]); err != nil {
				return nil, err
			}
			where := &k.other
			if _, ok := parseNumber(fields[column]); ok {
				where = &k.number
			}
			if *where == "" {
				*where = fmt.Sprintf("%s: %.40q", t.at(column), fields[column])
			}
		}
	}
	for i := range c.inputs {
		k := kinds[i]
		switch named := slices.Contains(o.Categories, c.inputs[i].name); {
		case named || k.number == "":
			c.inputs[i].values = newDictionary()
		case k.other != "":
			return nil, fmt.Errorf("%s is no number, and %s is one: correct it, or name the column as one of categories (-categories), or leave it out (-drop)", k.other, k.number)
		}
	}
	return c, nil
}

// choose finds the columns that are wanted among those of the table, and says where their values are in a record: inputs, then targets.
func (t *tableReader) choose(o *OpenOptions) (c *tableColumns, at []int, err error) {
	labels := o.Labels
	if len(labels) == 0 {
		labels = o.Like.labels()
	}
	if len(labels) == 0 {
		last := t.columns[len(t.columns)-1]
		if last == "" {
			return nil, nil, fmt.Errorf("%s: the last column has no name: say which column is to be predicted", t.path)
		}
		labels = []string{last}
	}
	if len(labels) > 1 && !o.Regression {
		return nil, nil, fmt.Errorf("%s: %d columns to predict: that is for regression; a class is in one column", t.path, len(labels))
	}
	for _, name := range slices.Concat(labels, o.Categories, o.Drop) {
		if !slices.Contains(t.columns, name) {
			return nil, nil, fmt.Errorf("%s: there is no column %q: the columns are %s", t.path, name, list(t.columns))
		}
	}
	c = new(tableColumns)
	if o.Like != nil {
		for _, l := range o.Like.Columns {
			column := tableColumn{name: l.Name}
			if l.Categories != nil {
				column.values = newDictionary()
			}
			c.inputs = append(c.inputs, column)
		}
	} else {
		for _, name := range t.columns {
			if name != "" && !slices.Contains(labels, name) && !slices.Contains(o.Drop, name) {
				c.inputs = append(c.inputs, tableColumn{name: name})
			}
		}
	}
	if len(c.inputs) == 0 {
		return nil, nil, fmt.Errorf("%s: no column is left besides %q: a sample has one number at least", t.path, labels)
	}
	for _, name := range labels {
		column := tableColumn{name: name}
		if !o.Regression {
			column.values = newDictionary()
		}
		c.targets = append(c.targets, column)
	}
	at, err = t.find(c)
	return c, at, err
}

// find says where the values of columns are in a record of the table: those of the inputs, then those of the targets.
func (t *tableReader) find(c *tableColumns) (at []int, err error) {
	for _, column := range slices.Concat(c.inputs, c.targets) {
		i, ok := t.places[column.name]
		if !ok {
			return nil, fmt.Errorf("%s: there is no column %q: the columns are %s", t.path, column.name, list(t.columns))
		}
		at = append(at, i)
	}
	return at, nil
}

// read adds the records of a table to the samples.
func (c *tableColumns) read(path string, s *samples) error {
	t, err := openTable(path)
	if err != nil {
		return err
	}
	defer t.Close()
	at, err := t.find(c)
	if err != nil {
		return err
	}
	record, before := make([]byte, s.size()), s.store.n
	for {
		fields, err := t.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		for i, column := range c.inputs {
			v, err := t.value(at[i], fields[at[i]], column, mostCategories)
			if err != nil {
				return err
			}
			s.put(record, i, v)
		}
		for i, column := range c.targets {
			where := at[len(c.inputs)+i]
			v, err := t.value(where, fields[where], column, mostClasses)
			if err != nil {
				return err
			}
			s.putTarget(record, i, v)
		}
		if err := s.store.add(record); err != nil {
			return err
		}
	}
	if s.store.n == before {
		return fmt.Errorf("%s: there is no line below the names of the columns", path)
	}
	return nil
}

// value is a value as a number: of a category or class its number in the dictionary, which has at most so many.
func (t *tableReader) value(at int, v string, column tableColumn, most int) (float64, error) {
	if err := t.present(at, v); err != nil {
		return 0, err
	}
	if column.values == nil {
		n, ok := parseNumber(v)
		if !ok {
			return 0, fmt.Errorf("%s: %.40q is no number", t.at(at), v)
		}
		return n, nil
	}
	if len(v) > mostName {
		return 0, fmt.Errorf("%s: %.40q and so on: a name of %d bytes is none of a category: leave the column out (-drop)", t.at(at), v, len(v))
	}
	n := column.values.number(v)
	if n >= most {
		return 0, fmt.Errorf("%s: %.40q is one more than %d different values, are no categories: leave the column out (-drop)", t.at(at), v, most)
	}
	return float64(n), nil
}
