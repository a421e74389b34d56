package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/onnx"
	"github.com/stheno/stheno/train"

	"gorgonia.org/tensor"
)

// ofTable trains a net on a table and writes its files, and gives the set.
func ofTable(t *testing.T, dir, table string, o data.OpenOptions, units int) *data.Set {
	t.Helper()
	set, err := data.Open(table, o)
	if err != nil {
		t.Fatal(err)
	}
	e, err := backend.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	net, err := models.MLP{Widths: []int{set.Train.Inputs(), units, set.Train.Outputs()}, Activation: "tanh", Seed: 1, Regression: o.Regression}.Net()
	if err != nil {
		t.Fatal(err)
	}
	net.Classes, net.Preprocessing = set.Classes, set.Preprocessing.Text()
	m, err := models.New(net, e, tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if _, err := train.Run(context.Background(), m, set, train.Config{Batch: 20, Iters: 600, LR: 0.01, Seed: 1, Optimizer: models.Adam{}}, train.Events{}); err != nil {
		t.Fatal(err)
	}
	if err := models.Save(filepath.Join(dir, "model.safetensors"), m); err != nil {
		t.Fatal(err)
	}
	exported, err := onnx.Export(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := exported.Save(filepath.Join(dir, "model.onnx")); err != nil {
		t.Fatal(err)
	}
	return set
}

// npy is an array of float64, as NumPy writes it.
func npy(rows, columns int, v []float64) []byte {
	header := fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%d, %d), }", rows, columns)
	b := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)+1), 0)
	b = append(append(b, header...), '\n')
	for _, x := range v {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	return b
}

// TestTables: rows of a table are standardised as those were that the net was trained on, and get the names of its classes; an array of
// NumPy's has the same numbers. The model's two files say the same.
func TestTables(t *testing.T) {
	dir, iris := t.TempDir(), "../../data/testdata/iris.csv"
	ofTable(t, dir, iris, data.OpenOptions{Standardise: true, Split: 0.2, Seed: 1}, 10)
	out := ran(t, nil, "-load", filepath.Join(dir, "model.safetensors"), "-top", "1", iris)
	if other := ran(t, nil, "-load", filepath.Join(dir, "model.onnx"), "-top", "1", iris); other != out {
		t.Errorf("by ONNX\n%s, by safetensors\n%s", other, out)
	}
	content, err := os.ReadFile(iris)
	if err != nil {
		t.Fatal(err)
	}
	var numbers []float64
	lines, answers, right := strings.Split(strings.TrimSpace(string(content)), "\n")[1:], strings.Split(out, "\n"), 0
	for i, line := range lines {
		fields := strings.Split(strings.TrimSpace(line), ",")
		if strings.HasPrefix(answers[i], fmt.Sprintf("%s:%d: %s ", iris, i+2, fields[4])) {
			right++
		}
		for _, f := range fields[:4] {
			var v float64
			if _, err := fmt.Sscan(f, &v); err != nil {
				t.Fatal(err)
			}
			numbers = append(numbers, v)
		}
	}
	if right < len(lines)*95/100 || len(lines) != 150 {
		t.Errorf("%d of %d are right:\n%s", right, len(lines), out)
	}
	array := ran(t, npy(150, 4, numbers), "-load", filepath.Join(dir, "model.safetensors"), "-top", "1")
	for i, line := range strings.Split(strings.TrimSpace(array), "\n") {
		_, want, _ := strings.Cut(answers[i], ": ")
		if line != fmt.Sprintf("-[%d]: %s", i, want) {
			t.Fatalf("of an array %q, of the table %q", line, answers[i])
		}
	}
	if code := run([]string{"-load", filepath.Join(dir, "model.safetensors"), "-explain", iris}, nil, &strings.Builder{}, &strings.Builder{}); code != 0 {
		t.Errorf("-explain of a table: exit %d", code)
	}
	for input, want := range map[string]string{
		string(npy(1, 3, numbers[:3])):                    "-: an array of [1 3]: the net reads rows of 4 numbers",
		string(npy(1, 4, []float64{1, 2, math.NaN(), 4})): "-: number 2 of row 0 is NaN: the net reads finite numbers",
		"sepal length (cm),sepal width (cm)\n1,2\n":       `-: there is no column "petal length (cm)": the columns are `,
		strings.Replace(string(content), "5.1", "", 1):    `-, line 2, column "sepal length (cm)": the value is missing: fill it in`,
		strings.SplitAfter(string(content), "\n")[0]:      "-: there is no line below the names of the columns",
		"\x89PNG\r\n\x1a\n":                               "-: it is a picture, and the net reads samples of the shape [4]: give rows of numbers",
	} {
		var errs strings.Builder
		if code := run([]string{"-load", filepath.Join(dir, "model.safetensors")}, strings.NewReader(input), &strings.Builder{}, &errs); code != 2 || !strings.HasPrefix(errs.String(), "predict: "+want) {
			t.Errorf("exit %d, %s, want %s", code, errs.String(), want)
		}
	}
}

// TestValues: of regression the value is printed, in its own units, under its name.
func TestValues(t *testing.T) {
	dir := t.TempDir()
	table := filepath.Join(dir, "line.csv")
	var text strings.Builder
	text.WriteString("x,colour,price\n")
	for i := range 200 {
		fmt.Fprintf(&text, "%d,%s,%d\n", i%20, []string{"red", "green"}[i%2], 1000+50*(i%20)+500*(i%2))
	}
	if err := os.WriteFile(table, []byte(text.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	ofTable(t, dir, table, data.OpenOptions{Regression: true, Standardise: true, Split: 0.2, Seed: 1}, 20)
	for _, model := range []string{"model.safetensors", "model.onnx"} {
		out := ran(t, []byte("colour,x\nred,4\ngreen,15\n"), "-load", filepath.Join(dir, model), "-json")
		for i, line := range strings.Split(strings.TrimSpace(out), "\n") {
			var l struct {
				Input  string
				Class  *string
				Values map[string]float64
			}
			want := []float64{1200, 2250}[i]
			if err := json.Unmarshal([]byte(line), &l); err != nil || l.Class != nil || math.Abs(l.Values["price"]-want) > 60 || l.Input != fmt.Sprint("-:", i+2) {
				t.Errorf("%v: %s, want %v", err, line, want)
			}
		}
		if out := ran(t, []byte("colour,x\nred,4\n"), "-load", filepath.Join(dir, model)); !strings.HasPrefix(out, "-:2: price 1") {
			t.Errorf("it prints %s", out)
		}
	}
}
