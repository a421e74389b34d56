package graph

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
)

// TestReportNamesTheFault: the parameter, the place and both numbers; and the element that fails, not one whose larger
// difference lies within its own bound.
func TestReportNamesTheFault(t *testing.T) {
	s := bowls(1) // gradients 1, −4, 12, 2, 30, −9
	s.Symbolic["x"][3] += 1e-3
	s.Symbolic["x"][4] += 2e-3
	rep, err := Check(s, CheckConfig{ATol: 1e-6, RTol: 1e-4})
	must(t, err)
	for _, row := range rep.Rows {
		if row.OK || !slices.Equal(row.At, []int{1, 0}) || math.Abs(row.Got-2.001) > 1e-6 || math.Abs(row.Want-2) > 1e-6 || math.Abs(row.MaxAbs-2e-3) > 1e-6 {
			t.Errorf("%s: the fault is put at %+v, want [1 0]: 2.001 and 2", row.Against, row)
		}
	}
	if text := rep.String(); !strings.Contains(text, "worst at [1 0]  FAIL: symbolic 2.001, by hand 2\n") {
		t.Errorf("the report says\n%s", text)
	}
}

// TestCheckSample: the seed chooses the elements, and only those are evaluated.
func TestCheckSample(t *testing.T) {
	seen := func(seed uint64) []float64 {
		var moved []float64
		s := bowls(1)
		s.ByHand = nil
		s.Evaluators = []Evaluator{&watched{bowl: bowl{x: slices.Clone(s.Evaluators[0].(*bowl).x)}, moved: &moved}}
		rep, err := Check(s, CheckConfig{ATol: 1e-6, Sample: 2, Seed: seed})
		must(t, err)
		if !rep.OK() || rep.Rows[0].Checked != 2 || len(moved) != 4 {
			t.Errorf("seed %d: %d losses for %d elements\n%s", seed, len(moved), rep.Rows[0].Checked, rep)
		}
		return moved
	}
	first := seen(0)
	if !slices.Equal(first, seen(0)) {
		t.Error("the same seed checks other elements")
	}
	for seed := uint64(1); slices.Equal(first, seen(seed)); seed++ {
		if seed == 20 {
			t.Fatal("20 seeds check the same elements")
		}
	}
}

// watched notes each loss.
type watched struct {
	bowl
	moved *[]float64
}

func (w *watched) Loss() (float64, error) {
	loss, err := w.bowl.Loss()
	*w.moved = append(*w.moved, loss)
	return loss, err
}

// TestCheckCatchesOneElement: a single wrong element in every place. One random direction sees each element too, if only
// by its share in the direction: the fault must be larger.
func TestCheckCatchesOneElement(t *testing.T) {
	for fast, fault := range map[bool]float64{false: 1e-4, true: 0.1} {
		for i := range 6 {
			s := bowls(2)
			s.ByHand = nil
			s.Symbolic["x"][i] += fault
			rep, err := Check(s, CheckConfig{ATol: 1e-9, RTol: 1e-6, Fast: fast, Seed: uint64(i)})
			must(t, err)
			if rep.OK() {
				t.Errorf("fast %v: element %d is wrong by %g and passes\n%s", fast, i, fault, rep)
			}
			for _, e := range s.Evaluators {
				if x := e.Param("x"); !slices.Equal(x, bowls(1).Evaluators[0].Param("x")) {
					t.Errorf("fast %v: x is %v afterwards", fast, x)
				}
			}
		}
	}
}

// TestCheckMissingParts: a gradient that is not there does not pass.
func TestCheckMissingParts(t *testing.T) {
	for want, spoil := range map[string]func(*Subject){
		"the symbolic gradient has 0 elements, the shape [2 3] has 6":     func(s *Subject) { delete(s.Symbolic, "x") },
		"the symbolic gradient has 5 elements, the shape [2 3] has 6":     func(s *Subject) { s.Symbolic["x"] = s.Symbolic["x"][:5] },
		"the hand-written gradient has 0 elements, the shape [2 3] has 6": func(s *Subject) { s.ByHand = map[string][]float64{} },
		"the evaluator has 6 elements, the shape [2 2] has 4":             func(s *Subject) { s.Params[0].Shape = []int{2, 2} },
	} {
		s := bowls(1)
		spoil(&s)
		if rep, err := Check(s, DefaultCheck); err == nil || err.Error() != "gradient check of x: "+want {
			t.Errorf("error %v, want %q; report %v", err, want, rep)
		}
	}
}

// TestRowAsJSON: what is no number is null.
func TestRowAsJSON(t *testing.T) {
	for want, row := range map[string]Row{
		`{"param":"W","against":"numerical","checked":1,"closer":0,"left_out":[[7]],"at":[0],"too_many":true,"too_small":false,"ok":false,"max_abs":null,"max_rel":null,"symbolic":null,"other":2}`: {
			Param: "W", Against: "numerical", Checked: 1, LeftOut: [][]int{{7}}, TooMany: true, MaxAbs: math.NaN(), MaxRel: math.Inf(1), At: []int{0}, Got: math.Inf(-1), Want: 2},
		`{"param":"b","against":"by hand","checked":3,"closer":2,"left_out":[],"at":[],"too_many":false,"too_small":false,"ok":true,"max_abs":0.5,"max_rel":0,"symbolic":1,"other":1.5}`: {
			Param: "b", Against: "by hand", Checked: 3, Closer: 2, LeftOut: [][]int{}, MaxAbs: 0.5, At: []int{}, Got: 1, Want: 1.5, OK: true},
	} {
		if got, err := json.Marshal(row); err != nil || string(got) != want {
			t.Errorf("%s (%v), want %s", got, err, want)
		}
	}
}
