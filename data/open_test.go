package data

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// file writes one file and gives its path.
func file(t testing.TB, name, content string) string {
	t.Helper()
	return filepath.Join(write(t, map[string][]byte{name: []byte(content)}), name)
}

func open(t testing.TB, path string, o OpenOptions) *Set {
	t.Helper()
	s, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// all are all samples of a source, row by row.
func all(t testing.TB, s Source) (x, y [][]float64) {
	t.Helper()
	for i := range s.Len() {
		row, target := make([]float64, s.Inputs()), make([]float64, s.Outputs())
		if err := s.Read64(row, target, []int{i}); err != nil {
			t.Fatal(err)
		}
		x, y = append(x, row), append(y, target)
	}
	return x, y
}

// both are the samples of both parts.
func both(t testing.TB, s *Set) (x, y [][]float64) {
	x, y = all(t, s.Train)
	testX, testY := all(t, s.Test)
	return append(x, testX...), append(y, testY...)
}

// passengers is a table with every kind of column, as other programs write it.
const passengers = "\ufeff;age;sex;port;fare;lived\r\n" +
	"0;22;male;S;7,25x;no\r\n" +
	"1; 38 ;female;\"C\nherbourg\";71x;yes\r\n" +
	"2;26.5;female;S;8x;yes\r\n" +
	"3;-1e1;male;Q;8x;no\r\n"

// TestTable: separators, marks, spaces, quotes and line ends of other programs; numbers, categories, what is left out, classes.
func TestTable(t *testing.T) {
	o := OpenOptions{Drop: []string{"fare"}, Split: 0.5, Seed: 3}
	for name, content := range map[string][]byte{"p.csv": []byte(passengers), "p.CSV.GZ": gzipped(t, []byte(passengers)), "p.tsv": []byte(strings.ReplaceAll(passengers, ";", "\t"))} {
		s := open(t, filepath.Join(write(t, map[string][]byte{name: content}), name), o)
		if s.Regression() || !slices.Equal(s.Classes, []string{"no", "yes"}) || s.Train.Len() != 2 || s.Test.Len() != 2 {
			t.Errorf("%s: %v", name, s)
		}
		p := s.Preprocessing
		var names []string
		for _, c := range p.Columns {
			names = append(names, c.Name)
		}
		if !slices.Equal(names, []string{"age", "sex", "port"}) || p.Columns[0].Categories != nil || len(s.Shape) != 1 || s.Shape[0] != p.Inputs() {
			t.Errorf("%s: %s", name, p.Text())
		}
		x, y := both(t, s)
		for i, row := range x { // whatever the split, each passenger is there once
			age, sex, lived := row[0], row[1:3], y[i]
			want := map[float64][2]string{22: {"male", "no"}, 38: {"female", "yes"}, 26.5: {"female", "yes"}, -10: {"male", "no"}}[age]
			if want[0] == "" || !isCategory(p.Columns[1], sex, want[0]) || !isCategory(Column{Categories: s.Classes}, lived, want[1]) {
				t.Errorf("%s: %v, %v", name, row, y[i])
			}
		}
	}
}

// isCategory reports whether inputs are the one-hot of a category, or all zeros where the column has none of that name.
func isCategory(c Column, x []float64, name string) bool {
	for i, v := range x[:min(len(x), len(c.Categories))] {
		if (v == 1) != (c.Categories[i] == name) || v != 0 && v != 1 {
			return false
		}
	}
	return true
}

// points is a table of n lines: two numbers, a category and a value that is their sum.
func points(n int) string {
	var b strings.Builder
	b.WriteString("a,b,kind,y\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,%g,%c,%g\n", i, 0.5*float64(i%7), 'p'+i%3, float64(i)+0.5*float64(i%7))
	}
	return b.String()
}

// TestSplit: a part of the right size, drawn by the seed, nothing twice and nothing lost.
func TestSplit(t *testing.T) {
	path := file(t, "p.csv", points(103))
	parts := map[string]bool{}
	for _, seed := range []uint64{1, 2, 1} {
		for part, want := range map[float64]int{0: 21, 0.2: 21, 0.5: 52, 0.01: 1} {
			s := open(t, path, OpenOptions{Regression: true, Split: part, Seed: seed})
			if s.Test.Len() != want || s.Train.Len() != 103-want {
				t.Errorf("part %v: %d and %d", part, s.Train.Len(), s.Test.Len())
			}
			seen := map[float64]bool{}
			x, y := both(t, s)
			for i, row := range x {
				if seen[row[0]] = true; math.Abs(row[0]+row[1]-y[i][0]) > 1e-12 {
					t.Errorf("%v and %v were not in one line", row, y[i])
				}
			}
			if len(seen) != 103 {
				t.Errorf("part %v: %d of 103 lines", part, len(seen))
			}
			if testX, _ := all(t, s.Test); part == 0.5 {
				parts[fmt.Sprint(testX)] = true
			}
		}
	}
	if len(parts) != 2 {
		t.Errorf("two seeds gave %d splits", len(parts))
	}
}

// TestStandardise: what the training samples teach holds for both parts; values to predict are standardised, too, and come back.
func TestStandardise(t *testing.T) {
	path := file(t, "p.csv", points(40))
	raw, s := open(t, path, OpenOptions{Regression: true, Seed: 5}), open(t, path, OpenOptions{Regression: true, Seed: 5, Standardise: true})
	x, y := all(t, s.Train)
	for column := range 2 {
		mean, square := 0., 0.
		for _, row := range x {
			mean += row[column] / float64(len(x))
			square += row[column] * row[column] / float64(len(x))
		}
		if math.Abs(mean) > 1e-12 || math.Abs(square-1) > 1e-12 {
			t.Errorf("column %d: mean %v, mean square %v", column, mean, square)
		}
	}
	for _, part := range [][2]Source{{raw.Train, s.Train}, {raw.Test, s.Test}} {
		rawX, rawY := all(t, part[0])
		x, y = all(t, part[1])
		for i := range x {
			applied := make([]float64, s.Preprocessing.Inputs())
			Apply(s.Preprocessing, applied, []float64{rawX[i][0], rawX[i][1], float64(slices.Index(rawX[i][2:], 1))})
			if !slices.Equal(applied, x[i]) {
				t.Errorf("%v became %v, the preprocessing makes %v", rawX[i], x[i], applied)
			}
			if s.Preprocessing.Predicted(y[i]); math.Abs(y[i][0]-rawY[i][0]) > 1e-12 {
				t.Errorf("%v came back as %v", rawY[i], y[i])
			}
		}
	}
}

// TestTestFile: another table to test on, with its columns in another order, and a category that nobody has seen.
func TestTestFile(t *testing.T) {
	path := file(t, "train.csv", "a,kind,y\n1,p,no\n2,q,yes\n3,p,no\n")
	s := open(t, path, OpenOptions{Test: file(t, "test.csv", "y,more,kind,a\nyes,7,r,5\nno,7,q,6\n")})
	x, y := all(t, s.Test)
	if fmt.Sprint(x, y) != "[[5 0 0] [6 0 1]] [[0 1] [1 0]]" || s.Train.Len() != 3 {
		t.Errorf("%v, %v", x, y)
	}
}

// TestLike: the samples for a model are made as its training samples were, whatever these could teach.
func TestLike(t *testing.T) {
	first := open(t, file(t, "a.csv", "a,kind,y\n1,p,no\n2,q,yes\n6,p,maybe\n"), OpenOptions{Standardise: true, Test: file(t, "t.csv", "a,kind,y\n1,p,no\n")})
	prep, err := ParsePreprocessing(first.Preprocessing.Text())
	if err != nil {
		t.Fatal(err)
	}
	again := file(t, "b.csv", "kind,id,y,a\nr,1,yes,3\nq,2,no,9\np,3,no,3\n")
	s := open(t, again, OpenOptions{Like: prep, Classes: first.Classes, Split: 0.3})
	x, y := both(t, s)
	for i, row := range x {
		std := math.Sqrt(14. / 3)
		want := map[string]string{
			fmt.Sprint([]float64{0, 0, 0}): "[0 0 1]", fmt.Sprint([]float64{6 / std, 0, 1}): "[0 1 0]", fmt.Sprint([]float64{0, 1, 0}): "[0 1 0]",
		}[fmt.Sprint(row)]
		if fmt.Sprint(y[i]) != want {
			t.Errorf("%v, %v, want %s", row, y[i], want)
		}
	}
	for want, o := range map[string]OpenOptions{
		again + `: class "yes" is none of the model's: ["no"]`:                    {Labels: []string{"y"}, Like: prep, Classes: []string{"no"}},
		again + `: there is no column "b": the columns are ["kind" "id" "y" "a"]`: {Labels: []string{"y"}, Like: &Preprocessing{Columns: []Column{{Name: "b"}}}},
		again + ": a table, and the model reads 784 numbers":                      {Labels: []string{"y"}, Like: ofImages(1, 28, 28)},
	} {
		if _, err := Open(again, o); fmt.Sprint(err) != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// TestReadingAllocatesNothing: whatever the samples are kept in.
func TestReadingAllocatesNothing(t *testing.T) {
	for _, memory := range []int64{0, 100} {
		s := open(t, file(t, "p.csv", points(50)), OpenOptions{Regression: true, Standardise: true, Memory: memory})
		x, y, rows := make([]float32, 3*s.Train.Inputs()), make([]float32, 3), []int{7, 0, 7}
		var err error
		if n := testing.AllocsPerRun(20, func() { err = s.Train.Read32(x, y, rows) }); n > 0 || err != nil {
			t.Errorf("%d bytes: %v allocations, %v", memory, n, err)
		}
	}
}

// TestSpill: samples in a temporary file are the same numbers, and the file goes with the set.
func TestSpill(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	path := file(t, "p.csv", points(5000))
	inside := open(t, path, OpenOptions{Regression: true, Standardise: true})
	outside, err := Open(path, OpenOptions{Regression: true, Standardise: true, Memory: 1 << 10})
	if err != nil {
		t.Fatal(err)
	}
	if outside.store.file == nil || inside.store.file != nil {
		t.Fatalf("files: %v and %v", outside.store.file, inside.store.file)
	}
	if named, err := os.ReadDir(tmp); runtime.GOOS != "windows" && len(named) > 0 || err != nil {
		t.Errorf("a killed process would leave %v, %v", named, err)
	}
	wantX, wantY := both(t, inside)
	gotX, gotY := both(t, outside)
	if fmt.Sprint(gotX, gotY) != fmt.Sprint(wantX, wantY) {
		t.Error("the samples of the file are others")
	}
	if err := outside.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(tmp); len(left) > 0 || err != nil {
		t.Errorf("left over: %v, %v", left, err)
	}
	if err := outside.Train.Read64(make([]float64, 10), nil, []int{0}); err == nil {
		t.Error("a closed set was read")
	}
}

// TestTableMistakes: each is one line with the file, and where it can the line and the column.
func TestTableMistakes(t *testing.T) {
	for _, c := range []struct{ content, want string }{
		{"", ": the file is empty"},
		{"a,y\n", ": there is no line below the names of the columns"},
		{"1,2\n3,4\n", `: its first line, "1,2", has nothing but numbers: a line with the names of the columns is needed there`},
		{"a,a,y\n1,2,p\n", `: two columns have the name "a": give each one of its own`},
		{"a,y\n1,p\n,q\n", `, line 3, column "a": the value is missing: fill it in, or leave the line out`},
		{"a,y\n1,p\n2,\n3,q\n", `, line 3, column "y": the value is missing: fill it in, or leave the line out`},
		{"a,y\n1,p\nNaN,q\n", `, line 3, column "a": the value is missing ("NaN"): fill it in, or leave the line out`},
		{"a,y\n1,p\n2,q\n3\n", ", line 4: 1 values, and there are 2 columns: give each column one"},
		{"a,b,y\n1,2,p\n2,2x,q\n3,2,q\n", `, line 3, column "b": "2x" is no number, and `},
		{"a,b,y\n1,2,p\n2,inf,q\n", `, line 3, column "b": "inf" is no number, and `},
		{"a,y\n1,p\n2,\"q\n3,q\n", ", line 3: extraneous or missing \" in quoted-field"},
		{"y\np\nq\n", `: no column is left besides ["y"]: a sample has one number at least`},
		{"a,\n1,p\n", ": the last column has no name: say which column is to be predicted"},
		{"a,y\n1,0.5\n2,1.5\n", ": 2 samples have 2 different numbers as classes: for values to predict, ask for regression (-task regression)"},
		{"a,y\n1,p\n", ": 1 samples: a part of 0.2 for testing leaves none on one side: take more samples, or another part"},
		{"a,y\n" + strings.Repeat("x", mostRecord+5000) + ",q\n", ": more than 4194304 bytes without an end: a quote may be open"},
		{"a,y\n1,\"" + strings.Repeat("p\n", mostRecord), ": more than 4194304 bytes without an end: a quote may be open"},
	} {
		path := file(t, "t.csv", c.content)
		if _, err := Open(path, OpenOptions{}); err == nil || !strings.HasPrefix(err.Error(), path+c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.60q: error %v, want %s", c.content, err, path+c.want)
		}
	}
	path := file(t, "t.csv", "a,b,y,z\n1,2,3,p\n1,2,4,q\n")
	for want, o := range map[string]OpenOptions{
		`: there is no column "w": the columns are ["a" "b" "y" "z"]`:              {Labels: []string{"w"}},
		`: there is no column "c": the columns are ["a" "b" "y" "z"]`:              {Drop: []string{"c"}},
		`: 2 columns to predict: that is for regression; a class is in one column`: {Labels: []string{"y", "z"}},
		`, line 2, column "z": "p" is no number`:                                   {Labels: []string{"y", "z"}, Regression: true},
	} {
		if _, err := Open(path, o); err == nil || err.Error() != path+want {
			t.Errorf("error %v, want %s", err, path+want)
		}
	}
	for want, o := range map[string]OpenOptions{
		"a part of 1 for testing: want a number from 0 to below 1, such as 0.2": {Split: 1},
		"both test samples and a part to test on: one of the two is enough":     {Split: 0.1, Test: path},
		"/nowhere: no such file or folder":                                      {Test: "/nowhere"},
	} {
		if _, err := Open(path, o); fmt.Sprint(err) != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
