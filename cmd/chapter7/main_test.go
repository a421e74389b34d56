package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno/stheno/models"
)

// TestQuick: a few steps move the filters, and both pictures are drawn.
func TestQuick(t *testing.T) {
	dir := t.TempDir()
	var stdout, stderr bytes.Buffer
	if code := run([]string{"-images", "100", "-iters", "3", "-out", dir}, &stdout, &stderr); code != 0 || !strings.Contains(stdout.String(), "of 20 images") {
		t.Fatalf("exit %d: %s\n%s", code, &stderr, &stdout)
	}
	for _, f := range []string{"fig7-24", "simpleconv-accuracy"} {
		content, err := os.ReadFile(filepath.Join(dir, f+".png"))
		if err != nil || !bytes.HasPrefix(content, []byte("\x89PNG")) {
			t.Errorf("%s: %v", f, err)
		}
	}
	stderr.Reset()
	if code := run([]string{"-images", "1"}, &stdout, &stderr); code != 2 || stderr.String() != "chapter7: -images 1: choose 100 to 60000\n" {
		t.Errorf("exit %d: %s", code, &stderr)
	}
}

// TestFilters: each filter is an image of its own.
func TestFilters(t *testing.T) {
	sheet := filters("after", models.Param{Name: "W1", Shape: []int{2, 1, 2, 2}}, []float64{1, 2, 3, 4, 5, 6, 7, 8})
	if sheet.Title != "W1, after" || len(sheet.Images) != 2 || sheet.Images[1].Rows != 2 || !slices.Equal(sheet.Images[1].Pixels, []float64{5, 6, 7, 8}) {
		t.Errorf("%+v", sheet)
	}
}
