package data

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

const (
	mostRecord     = 4 << 20 // bytes of a table's line
	mostCategories = 1000    // of a column
	mostClasses    = 1 << 16
	mostName       = 1 << 10 // bytes of the name of a category or a class
)

// tableEndings are those of the names of tables.
var tableEndings = []string{".csv", ".tsv", ".csv.gz", ".tsv.gz"}

func isTable(path string, inside []string) bool {
	lower := strings.ToLower(path)
	return inside == nil && slices.ContainsFunc(tableEndings, func(e string) bool { return strings.HasSuffix(lower, e) })
}

// tableReader reads a table with a line of column names, record by record.
type tableReader struct {
	path    string
	file    io.Closer
	csv     *csv.Reader
	columns []string
	places  map[string]int // of the columns, by their names
	given   int64          // bytes that the CSV reader has been given
	read    int64          // bytes of the records that it has returned
	from    io.Reader
}

var errLongRecord = fmt.Errorf("more than %d bytes without an end: a quote may be open", mostRecord)

// openTable reads the line of column names.
func openTable(path string) (*tableReader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%v; make the file readable", err)
	}
	var from io.Reader = f
	if strings.HasSuffix(strings.ToLower(path), ".gz") {
		if from, err = newMembers(f); err != nil {
			f.Close()
			return nil, fmt.Errorf("%s: not a gzip file (%v): drop .gz from its name if it is not compressed", path, err)
		}
	}
	t, err := newTable(path, from)
	if err != nil {
		f.Close()
		return nil, err
	}
	t.file = f
	return t, nil
}

func newTable(path string, from io.Reader) (*tableReader, error) {
	buffered := bufio.NewReader(from)
	t := &tableReader{path: path, from: buffered}
	first, err := buffered.Peek(4096)
	if len(first) == 0 {
		if err == nil || err == io.EOF {
			err = errors.New("the file is empty")
		}
		return nil, fmt.Errorf("%s: %v", path, err)
	}
	if mark := []byte("\ufeff"); bytes.HasPrefix(first, mark) { // as spreadsheets write it
		first = first[len(mark):]
		_, _ = buffered.Discard(len(mark))
	}
	t.csv = csv.NewReader(t)
	t.csv.Comma, t.csv.ReuseRecord = separator(first), true
	t.csv.TrimLeadingSpace = t.csv.Comma != '\t' // which is a space, too
	names, err := t.next()
	if err == io.EOF {
		err = fmt.Errorf("%s: there is no line with the names of the columns", path)
	}
	if err != nil {
		return nil, err
	}
	t.places = make(map[string]int, len(names))
	for i, name := range names {
		name = strings.Clone(name)
		if _, taken := t.places[name]; taken && name != "" {
			return nil, fmt.Errorf("%s: two columns have the name %.60q: give each one of its own", path, name)
		}
		t.places[name], t.columns = i, append(t.columns, name)
	}
	if allNumbers(t.columns) {
		return nil, fmt.Errorf("%s: its first line, %.60q, has nothing but numbers: a line with the names of the columns is needed there", path, strings.Join(t.columns, ","))
	}
	return t, nil
}

// separator is what parts the names of the first line: a comma, a semicolon or a tabulator, whichever there are more of.
func separator(first []byte) rune {
	if end := bytes.IndexByte(first, '\n'); end >= 0 {
		first = first[:end]
	}
	best, most := ',', 0
	for _, c := range ",;\t" {
		if n := bytes.Count(first, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

// Read gives bytes to the CSV reader, as long as it makes records of them.
func (t *tableReader) Read(p []byte) (int, error) {
	if t.given-t.read > mostRecord {
		return 0, errLongRecord
	}
	n, err := t.from.Read(p)
	t.given += int64(n)
	return n, err
}

// next is the next record, without spaces around its values, until the next call; io.EOF behind the last.
func (t *tableReader) next() ([]string, error) {
	fields, err := t.csv.Read()
	t.read = t.csv.InputOffset()
	var wrong *csv.ParseError
	switch {
	case err == io.EOF:
		return nil, io.EOF
	case errors.Is(err, csv.ErrFieldCount) && errors.As(err, &wrong):
		return nil, fmt.Errorf("%s, line %d: %d values, and there are %d columns: give each column one", t.path, wrong.StartLine, len(fields), len(t.columns))
	case errors.As(err, &wrong):
		return nil, fmt.Errorf("%s, line %d: %v", t.path, wrong.StartLine, wrong.Err)
	case err != nil:
		return nil, fmt.Errorf("%s: %v", t.path, err)
	}
	for i, f := range fields {
		fields[i] = strings.TrimSpace(f)
	}
	return fields, nil
}

// at names a value of the last record.
func (t *tableReader) at(column int) string {
	line, _ := t.csv.FieldPos(column)
	return fmt.Sprintf("%s, line %d, column %q", t.path, line, t.columns[column])
}

func (t *tableReader) Close() { t.file.Close() }

// missingWords are what other programs write where a value is missing.
var missingWords = []string{"", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "<NA>", "#N/A", "?"}

// present is an error where a value is missing.
func (t *tableReader) present(column int, v string) error {
	if len(v) > 4 || !slices.Contains(missingWords, v) {
		return nil
	}
	if v != "" {
		v = fmt.Sprintf(" (%q)", v)
	}
	return fmt.Errorf("%s: the value is missing%s: fill it in, or leave the line out", t.at(column), v)
}
