package data

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"
)

// TestPreprocessing: bytes are divided, categories become one-hot, then all is standardised; the text brings all of it back.
func TestPreprocessing(t *testing.T) {
	for name, c := range map[string]struct {
		p         *Preprocessing
		raw, want []float64
	}{
		"none":  {nil, []float64{1, 2}, []float64{1, 2}},
		"bytes": {ofImages(1, 1, 2), []float64{0, 51}, []float64{0, 0.2}},
		"table": {&Preprocessing{
			Columns: []Column{{Name: "age"}, {Name: "sex", Categories: []string{"f", "m", "x"}}, {Name: "fare"}},
			Mean:    []float64{30, 0, 0, 0, 7}, Std: []float64{10, 1, 1, 1, 2}},
			[]float64{50, 1, 8}, []float64{2, 0, 1, 0, 0.5}},
		"unknown category": {&Preprocessing{Columns: []Column{{Name: "sex", Categories: []string{"f", "m"}}, {Name: "age"}}}, []float64{-1, 4}, []float64{0, 0, 4}},
		"far from 0":       {&Preprocessing{Mean: []float64{1.7e9}, Std: []float64{100}}, []float64{1.7e9 + 150}, []float64{1.5}},
		"channels": {&Preprocessing{Image: &Image{3, 1, 2}, Divisor: 10, Mean: []float64{1, 2, 3}, Std: []float64{1, 2, 4}},
			[]float64{10, 20, 40, 60, 30, 70}, []float64{0, 1, 1, 2, 0, 1}},
	} {
		back, err := ParsePreprocessing(c.p.Text())
		if err != nil || !reflect.DeepEqual(back, c.p) {
			t.Errorf("%s: %s came back as %s, %v", name, c.p.Text(), back.Text(), err)
		}
		got, single := make([]float64, len(c.want)), make([]float32, len(c.want))
		Apply(back, got, c.raw)
		Apply(back, single, c.raw)
		for i, v := range c.want {
			if math.Abs(got[i]-v) > 1e-15 || math.Abs(float64(single[i])-v) > 1e-7 {
				t.Errorf("%s: %v and %v, want %v", name, got, single, c.want)
				break
			}
		}
		if n := back.Inputs(); n != len(c.want) && c.p != nil {
			t.Errorf("%s: %d inputs", name, n)
		}
	}
	y := []float64{1, 2, 3}
	(&Preprocessing{Targets: []Target{{Mean: 5, Std: 2}, {Mean: 1}}}).Predicted(y)
	if !slices.Equal(y, []float64{7, 3, 3}) {
		t.Errorf("predicted %v", y)
	}
}

func TestPreprocessingMistakes(t *testing.T) {
	for text, want := range map[string]string{
		`{"image":{"channels":2,"height":3,"width":4}}`:                          "preprocessing: pictures of 2x3x4: want 1 or 3 channels, a height and a width of at least 1, and 4194304 numbers at most",
		`{"image":{"channels":3,"height":4000000000,"width":4000000000}}`:        "preprocessing: pictures of 3x4000000000x4000000000: want 1 or 3 channels, a height and a width of at least 1, and 4194304 numbers at most",
		`{"image":{"channels":1,"height":3,"width":4},"columns":[{"name":"a"}]}`: "preprocessing: both pictures and columns: a sample is one of the two",
		`{"divisor":-1}`: "preprocessing: a divisor of -1: want a number above 0, such as 255",
		`{"columns":[{"name":"a"}],"mean":[1,2],"std":[1,2]}`:                        "preprocessing: 2 means and 2 standard deviations of 1 inputs: want one of each for an input, or none",
		`{"columns":[{"name":"a","categories":["p","q"]}],"mean":[0,1],"std":[1,1]}`: `preprocessing: mean 1 and standard deviation 1 of a category of "a": want 0 and 1`,
		`{"mean":[1],"std":[0]}`:              "preprocessing: mean 1 and standard deviation 0 of input 0: want numbers, and a deviation above 0",
		`{"targets":[{"name":"y","std":-1}]}`: `preprocessing: mean 0 and standard deviation -1 of target "y": want numbers, and a deviation of at least 0`,
		`{"mean":`:                            "the preprocessing \"{\\\"mean\\\":\": unexpected end of JSON input: take the text that Preprocessing.Text gave",
	} {
		if _, err := ParsePreprocessing(text); fmt.Sprint(err) != want {
			t.Errorf("%s: error %v, want %s", text, err, want)
		}
	}
}
