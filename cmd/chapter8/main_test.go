package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// TestQuick: a step of the deep net, and both pictures are drawn.
func TestQuick(t *testing.T) {
	dir := t.TempDir()
	var stdout, stderr bytes.Buffer
	if code := run([]string{"-images", "100", "-iters", "1", "-out", dir}, &stdout, &stderr); code != 0 || !strings.Contains(stdout.String(), "of 20 images") {
		t.Fatalf("exit %d: %s\n%s", code, &stderr, &stdout)
	}
	for _, f := range []string{"fig8-2", "deepconv-accuracy"} {
		content, err := os.ReadFile(filepath.Join(dir, f+".png"))
		if err != nil || !bytes.HasPrefix(content, []byte("\x89PNG")) {
			t.Errorf("%s: %v", f, err)
		}
	}
}

// TestMistakes: of a net that takes every image for a 1, those that are no 1, in their order and no more than asked for.
func TestMistakes(t *testing.T) {
	e, err := backend.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	net, err := models.Sequential{Name: "ones", In: []int{4}, Layers: []models.Layer{models.Dense(3)}, Init: models.Std(0)}.Net()
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.New(net, e, tensor.Float32)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := m.SetParam("b1", []float64{0, 5, 0}); err != nil {
		t.Fatal(err)
	}
	d := &data.Dataset{Rows: 2, Cols: 2, Classes: 3}
	for i := range 250 {
		d.Test.Labels = append(d.Test.Labels, byte(i%3))
		d.Test.Images = append(d.Test.Images, byte(i), 0, 0, 255)
	}
	wrong, err := mistakes(m, d, 100)
	if err != nil || len(wrong) != 100 {
		t.Fatalf("%d mistakes, %v", len(wrong), err)
	}
	if a, b := wrong[0], wrong[99]; a.Caption != "0, not 1" || b.Caption != "2, not 1" || len(b.Pixels) != 4 || b.Pixels[3] != 1 || float32(b.Pixels[0]) != float32(149)/255 {
		t.Errorf("the first is %+v, the last %+v", a, b)
	}
	if wrong, err = mistakes(m, d, 1000); err != nil || len(wrong) != 167 {
		t.Errorf("%d mistakes of all, %v", len(wrong), err)
	}
}
