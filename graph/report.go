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
	Against string  `json:"against"` // "numerical", "by hand" or "numerical, one direction"
	Checked int     `json:"checked"` // elements
	MaxAbs  float64 `json:"max_abs"` // largest |a − b|
	MaxRel  float64 `json:"max_rel"` // largest |a − b| / |b| where b is not below ATol
	At      []int   `json:"at"`      // the element of the largest |a − b|: of those that fail, if any does
	Got     float64 `json:"symbolic"`
	Want    float64 `json:"other"`
	OK      bool    `json:"ok"`
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

// OK reports whether every row agrees.
func (r *Report) OK() bool {
	for _, row := range r.Rows {
		if !row.OK {
			return false
		}
	}
	return len(r.Rows) > 0
}

// String is a table, one line a row; a row that fails has both numbers.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "gradient check, |a-b| <= %g + %g*|b|\n", r.ATol, r.RTol)
	for _, row := range r.Rows {
		verdict := "ok"
		if !row.OK {
			verdict = fmt.Sprintf("FAIL: symbolic %.9g, %s %.9g", row.Got, row.Against, row.Want)
		}
		fmt.Fprintf(&b, "  %-4s symbolic and %-24s %8d checked, max abs %.2e, max rel %.2e, worst at %v  %s\n",
			row.Param, row.Against, row.Checked, row.MaxAbs, row.MaxRel, row.At, verdict)
	}
	return b.String()
}
