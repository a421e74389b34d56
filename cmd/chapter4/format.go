package main

import (
	"math"
	"strconv"
	"strings"
)

// NumPy's way of printing arrays, which is the chapter's: at most 8 decimals, columns aligned, powers of ten where the
// numbers are very large, very small or far apart.

const decimals = 8

// formatArray prints [6. 8.].
func formatArray(v []float64) string { return "[" + strings.Join(formatNumbers(v), " ") + "]" }

// formatMatrix prints rows of the given length, each in its brackets.
func formatMatrix(v []float64, cols int) string {
	cells := formatNumbers(v)
	var rows []string
	for ; len(cells) > 0; cells = cells[cols:] {
		rows = append(rows, "["+strings.Join(cells[:cols], " ")+"]")
	}
	return "[" + strings.Join(rows, "\n ") + "]"
}

// formatNumbers gives all numbers one width. What is left of it is filled with spaces; in a mantissa and in a power, with
// zeros.
func formatNumbers(v []float64) []string {
	verb, fill := byte('f'), " "
	if needsPowers(v) {
		verb, fill = 'e', "0"
	}
	whole, frac, power := make([]string, len(v)), make([]string, len(v)), make([]string, len(v))
	width, places, digits := 0, 0, 0
	for i, x := range v {
		var mantissa string
		mantissa, power[i], _ = strings.Cut(strconv.FormatFloat(x, verb, decimals, 64), "e")
		whole[i], frac[i], _ = strings.Cut(mantissa, ".")
		frac[i] = strings.TrimRight(frac[i], "0")
		width, places, digits = max(width, len(whole[i])), max(places, len(frac[i])), max(digits, len(power[i]))
	}
	out := make([]string, len(v))
	for i := range v {
		out[i] = strings.Repeat(" ", width-len(whole[i])) + whole[i] + "." + frac[i] + strings.Repeat(fill, places-len(frac[i]))
		if verb == 'e' {
			out[i] += "e" + power[i][:1] + strings.Repeat("0", digits-len(power[i])) + power[i][1:]
		}
	}
	return out
}

// needsPowers is NumPy's rule for the notation with an exponent.
func needsPowers(v []float64) bool {
	least, most := math.Inf(1), 0.0
	for _, x := range v {
		if a := math.Abs(x); a > 0 {
			least, most = min(least, a), max(most, a)
		}
	}
	return most >= 1e8 || least < 1e-4 || most > 1000*least
}

// formatShape prints (784, 100), and (100,) as Python does.
func formatShape(s []int) string {
	parts := make([]string, len(s))
	for i, d := range s {
		parts[i] = strconv.Itoa(d)
	}
	if len(parts) == 1 {
		return "(" + parts[0] + ",)"
	}
	return "(" + strings.Join(parts, ", ") + ")"
}
