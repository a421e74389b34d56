package data

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestRows: a model finds its columns by their names, its categories by their texts, and an error names line and column.
func TestRows(t *testing.T) {
	p := &Preprocessing{Columns: []Column{{Name: "size"}, {Name: "colour", Categories: []string{"green", "red"}}}}
	for _, c := range []struct {
		name, text string
		p          *Preprocessing
		want       string // lines and numbers, or the error
	}{
		{"by name", "colour,more,size\nred,x,1.5\n green ,,-2\nblue,y,3\n", p, "2 [1.5 1] 3 [-2 0] 4 [3 -1]"},
		{"as they come", "a;b\n1;2\n\n3;4\n", nil, "2 [1 2] 4 [3 4]"},
		{"no column", "colour,more\nred,1\n", p, `t: there is no column "size": the columns are ["colour" "more"]`},
		{"missing", "size,colour\n1,red\n,red\n", p, `t, line 3, column "size": the value is missing: fill it in, or leave the line out`},
		{"a missing category", "size,colour\n1,NA\n", p, `t, line 2, column "colour": the value is missing ("NA"): fill it in, or leave the line out`},
		{"no number", "size,colour\nlarge,red\n", p, `t, line 2, column "size": "large" is no number`},
		{"too few", "size,colour\n1\n", p, `t, line 2: 1 values, and there are 2 columns: give each column one`},
		{"no names", "1,2\n3,4\n", nil, `t: its first line, "1,2", has nothing but numbers`},
		{"nothing", "", nil, "t: the file is empty"},
	} {
		var got []string
		err := Rows(strings.NewReader(c.text), "t", c.p, func(line int, raw []float64) error {
			got = append(got, fmt.Sprint(line, " ", raw))
			return nil
		})
		if err != nil {
			got = []string{err.Error()}
		}
		if text := strings.Join(got, " "); !strings.HasPrefix(text, c.want) || strings.Contains(text, "\n") {
			t.Errorf("%s: %s, want %s", c.name, text, c.want)
		}
	}
	stop := errors.New("stop")
	var seen []int
	err := Rows(strings.NewReader("a\n1\n2\n"), "t", nil, func(line int, _ []float64) error { seen = append(seen, line); return stop })
	if !errors.Is(err, stop) || err.Error() != "t, line 2: stop" || !slices.Equal(seen, []int{2}) {
		t.Errorf("%v after lines %v", err, seen)
	}
}
