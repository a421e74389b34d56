package models_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"gorgonia.org/tensor"
)

// TestSetParams: all or nothing.
func TestSetParams(t *testing.T) {
	c := newCrowd(t)
	w, b := make([]float64, 200), make([]float64, 10)
	for want, values := range map[string]map[string][]float64{
		`the net has no parameter "W9"`:               {"W1": w, "W9": w},
		"b1 of shape 10 has 10 elements, not 200":     {"W1": w, "b1": w},
		"W1 of shape 20x10 has 200 elements, not 0":   {"b1": b, "W1": nil},
		`the net has no parameter "call.x (1, 20)"`:   {"call.x (1, 20)": make([]float64, 20)},
		"W2 of shape 10x4 has 40 elements, not 10":    {"W1": w, "W2": b},
		`the net has no parameter ""`:                 {"": b},
		`the net has no parameter "W1.models.Adam.m"`: {"W1.models.Adam.m": w},
	} {
		if err := c.m.SetParams(values); fmt.Sprint(err) != want {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	single := ofType(t, c.m.Net, tensor.Float32)
	before, err := single.Params()
	if err != nil {
		t.Fatal(err)
	}
	for range 20 { // in any order of the map
		if err := single.SetParams(map[string][]float64{"W1": w, "W2": make([]float64, 40), "b1": {0, 1, 2, 3, 1e39, 5, 6, 7, 8, 9}}); fmt.Sprint(err) != "b1: element 4 is 1e+39, more than float32 holds" {
			t.Errorf("error %v", err)
		}
	}
	if after, err := single.Params(); err != nil || !maps.EqualFunc(after, before, slices.Equal) {
		t.Errorf("changed by a number that does not fit; %v", err)
	}
	params, err := c.m.Params()
	for name := range params {
		for i, v := range params[name] {
			if v != c.params[name][i] {
				t.Fatalf("%s[%d] is %v, was %v: changed by values that do not fit", name, i, v, c.params[name][i])
			}
		}
	}
	if err := errors.Join(err, c.m.SetParams(map[string][]float64{"W1": w, "b1": b})); err != nil {
		t.Fatal(err)
	}
	if params, err = c.m.Params(); err != nil || params["W1"][7] != 0 || params["W2"][0] != c.params["W2"][0] {
		t.Errorf("W1[7] = %v, want 0; W2[0] = %v, want %v; %v", params["W1"][7], params["W2"][0], c.params["W2"][0], err)
	}
}
