package data

import (
	"fmt"
	"io"
	"slices"
)

// Rows reads a table for a model, row by row: for each the line that it starts in and its raw numbers, for Apply, which are the same slice
// each time. The table has the columns of the preprocessing, in any order and among others; where the preprocessing names none, all
// columns are taken as they come. A category that the training samples did not have is -1. The name is used in errors; the memory is that
// of one row.
func Rows(r io.Reader, name string, p *Preprocessing, row func(line int, raw []float64) error) error {
	t, err := newTable(name, r)
	if err != nil {
		return err
	}
	columns := &tableColumns{}
	if p != nil && p.Columns != nil {
		for _, c := range p.Columns {
			columns.inputs = append(columns.inputs, tableColumn{name: c.Name})
		}
	} else {
		p = &Preprocessing{Columns: make([]Column, len(t.columns))}
		for _, c := range t.columns {
			columns.inputs = append(columns.inputs, tableColumn{name: c})
		}
	}
	at, err := t.find(columns)
	if err != nil {
		return err
	}
	raw := make([]float64, len(at))
	for {
		fields, err := t.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		line, _ := t.csv.FieldPos(0)
		for i, column := range columns.inputs {
			if raw[i], err = t.rawValue(at[i], fields[at[i]], column, p.Columns[i].Categories); err != nil {
				return err
			}
		}
		if err := row(line, raw); err != nil {
			return fmt.Errorf("%s, line %d: %w", name, line, err)
		}
	}
}

// rawValue is a number, or the number of a category.
func (t *tableReader) rawValue(at int, v string, column tableColumn, categories []string) (float64, error) {
	if categories == nil {
		return t.value(at, v, column, 0)
	}
	if err := t.present(at, v); err != nil {
		return 0, err
	}
	return float64(slices.Index(categories, v)), nil
}
