package graph

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// Row compares two gradients of one parameter.
type Row struct {
	Param   string  `json:"param"`
	Against string  `json:"against"`  // "numerical", "by hand" or "numerical, one direction"
	Checked int     `json:"checked"`  // elements, without those left out
	Closer  int     `json:"closer"`   // of them, looked at from each side, for the two numbers differ
	LeftOut [][]int `json:"left_out"` // elements on a kink, or too near to one to tell
	MaxAbs  float64 `json:"max_abs"`  // largest |a − b|
	MaxRel  float64 `json:"max_rel"`  // largest |a − b| / |b| where b is not below ATol
	At      []int   `json:"at"`       // the element of the largest |a − b|: of those that fail, if any does
	Got     float64 `json:"symbolic"`
	Want    float64 `json:"other"`
	// TooMany are left out for the row to prove anything; the row is not OK then.
	TooMany bool `json:"too_many"`
	// TooSmall is the gradient for the row to prove anything: an error of 1 % in its largest element lies within the bound.
	TooSmall bool `json:"too_small"`
	OK       bool `json:"ok"`
}

// MarshalJSON writes null for NaN and the infinities, which JSON does not have.
func (r Row) MarshalJSON() ([]byte, error) {
	type plain Row
	return json.Marshal(struct {
		plain
		MaxAbs *float64 `json:"max_abs"`
		MaxRel *float64 `json:"max_rel"`
		Got    *float64 `json:"symbolic"`
		Want   *float64 `json:"other"`
	}{plain(r), finite(r.MaxAbs), finite(r.MaxRel), finite(r.Got), finite(r.Want)})
}

func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// Report is the result of Check.
type Report struct {
	Rows       []Row
	ATol, RTol float64
}

// OK reports whether every row agrees, and one of each parameter's proves something.
func (r *Report) OK() bool {
	proves := map[string]bool{}
	for _, row := range r.Rows {
		if !row.OK {
			return false
		}
		proves[row.Param] = proves[row.Param] || !row.TooSmall
	}
	for _, p := range proves {
		if !p {
			return false
		}
	}
	return len(r.Rows) > 0
}

// String is a table, one line a row; a row that fails has both numbers, and what is left out is named.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "gradient check, |a-b| <= %g + %g*|b|\n", r.ATol, r.RTol)
	for _, row := range r.Rows {
		fmt.Fprintf(&b, "  %-4s symbolic and %-24s %8d checked, max abs %.2e, max rel %.2e, worst at %v  %s\n",
			row.Param, row.Against, row.Checked, row.MaxAbs, row.MaxRel, row.At, row.verdict())
	}
	return b.String()
}

// verdict says how a row ended, and what must be known of it.
func (r *Row) verdict() string {
	words := []string{"ok"}
	switch {
	case r.TooMany:
		words[0] = "NOT PROVEN"
	case !r.OK:
		words[0] = fmt.Sprintf("FAIL: symbolic %.9g, %s %.9g", r.Got, r.Against, r.Want)
	case r.TooSmall:
		words[0] = "NOT PROVEN: the gradient is too small to be seen"
	}
	if r.Closer > 0 {
		words = append(words, fmt.Sprintf("%d looked at from each side", r.Closer))
	}
	if n := len(r.LeftOut); n > 0 {
		words = append(words, fmt.Sprintf("%d on a kink, left out: %s", n, names(r.LeftOut)))
	}
	return strings.Join(words, "; ")
}

// names lists elements, the first few of many.
func names(elements [][]int) string {
	const few = 5
	var list []string
	for _, at := range elements[:min(len(elements), few)] {
		list = append(list, fmt.Sprint(at))
	}
	if len(elements) > few {
		list = append(list, "…")
	}
	return strings.Join(list, " ")
}
