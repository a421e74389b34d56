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

// formatNumbers gives all numbers one width.
func formatNumbers(v []float64) []string {
	powers := needsPowers(v)
	whole, frac := make([]string, len(v)), make([]string, len(v))
	width, places := 0, 0
	for i, x := range v {
		text := strconv.FormatFloat(x, 'f', decimals, 64)
		if powers {
			text = strconv.FormatFloat(x, 'e', decimals, 64)
		}
		whole[i], frac[i], _ = strings.Cut(text, ".")
		if !powers {
			frac[i] = strings.TrimRight(frac[i], "0")
		}
		width, places = max(width, len(whole[i])), max(places, len(frac[i]))
	}
	out := make([]string, len(v))
	for i := range v {
		out[i] = strings.Repeat(" ", width-len(whole[i])) + whole[i] + "." + frac[i] + strings.Repeat(" ", places-len(frac[i]))
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
