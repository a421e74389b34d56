package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"
)

// records reads a table of -out.
func records(t *testing.T, path string) [][]string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(content))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestLook: -out has what the model confuses, of which the accuracy is that which is printed, and its weights; a training that is cut
// has neither.
func TestLook(t *testing.T) {
	out := t.TempDir()
	code, stdout, stderr := call(t, "-data", smallSet(t), "-batch", "10", "-iters", "40", "-std", "0.3", "-val", "0.2", "-json", "-out", out)
	if code != exitOK {
		t.Fatal(stderr)
	}
	rows, classes := records(t, filepath.Join(out, "confusion.csv")), records(t, filepath.Join(out, "classes.csv"))
	if len(rows) != 4 || strings.Join(rows[0], ",") != "class,0,1,2" || len(classes) != 4 || strings.Join(classes[0], ",") != "class,samples,precision,recall,f1" {
		t.Fatalf("%v, %v", rows, classes)
	}
	right, all := 0., 0.
	for i, row := range rows[1:] {
		of := 0.
		for j, cell := range row[1:] {
			n, err := strconv.ParseFloat(cell, 64)
			if err != nil {
				t.Fatal(err)
			}
			if of += n; i == j {
				right += n
			}
		}
		if want := strconv.FormatFloat(of, 'g', -1, 64); classes[i+1][1] != want || classes[i+1][0] != row[0] {
			t.Errorf("class %s has %s samples, want %s", classes[i+1][0], classes[i+1][1], want)
		}
		all += of
	}
	if got := last(t, stdout)["test_acc"]; got != right/all {
		t.Errorf("accuracy %v, of the table %v", got, right/all)
	}
	for _, name := range []string{"confusion.png", "weights.png"} {
		if info, err := os.Stat(filepath.Join(out, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWeights: a unit's image has its weight for each pixel where the pixel is.
func TestWeights(t *testing.T) {
	d := &data.Set{Shape: []int{1, 2, 3}, Classes: []string{"a", "b"}}
	dense := models.Param{Name: "W1", Shape: []int{6, 2}, Init: []float64{1, 10, 2, 20, 3, 30, 4, 40, 5, 50, 6, 60}}
	s := weights(dense, d)
	if len(s.Images) != 2 || s.Images[1].Rows != 2 || s.Images[1].Cols != 3 || !slices.Equal(s.Images[1].Pixels, []float64{10, 20, 30, 40, 50, 60}) || s.Images[1].Caption != "b" || s.Title != "W1" {
		t.Errorf("dense: %+v", s)
	}
	filters := models.Param{Name: "W1", Shape: []int{60, 2, 1, 2}, Init: make([]float64, 240)}
	for i := range filters.Init {
		filters.Init[i] = float64(i)
	}
	s = weights(filters, d)
	if len(s.Images) != 50 || s.Images[1].Rows != 2 || s.Images[1].Cols != 2 || !slices.Equal(s.Images[1].Pixels, []float64{4, 5, 6, 7}) || s.Title != "W1, the first 50 of 60" {
		t.Errorf("filters: %s, %+v", s.Title, s.Images[1])
	}
	if s := weights(dense, &data.Set{Shape: []int{6}}); len(s.Images) > 0 {
		t.Errorf("of samples that are no images: %+v", s)
	}
}
