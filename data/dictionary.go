package data

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

// dictionary numbers the different values of a column in the order in which they come.
type dictionary struct {
	numbers map[string]int
	values  []string
}

func newDictionary() *dictionary { return &dictionary{numbers: map[string]int{}} }

// dictionaryOf has these values; nil of none.
func dictionaryOf(values []string) *dictionary {
	if len(values) == 0 {
		return nil
	}
	d := newDictionary()
	for _, v := range values {
		d.number(v)
	}
	return d
}

// number is that of a value, which is new or not.
func (d *dictionary) number(v string) int {
	if i, ok := d.numbers[v]; ok {
		return i
	}
	v = strings.Clone(v) // not the memory of a whole line
	i := len(d.values)
	d.numbers[v], d.values = i, append(d.values, v)
	return i
}

// sorted are the values, as numbers where all are, else as text.
func (d *dictionary) sorted() []string {
	values := slices.Clone(d.values)
	if allNumbers(values) {
		slices.SortFunc(values, func(a, b string) int {
			x, _ := parseNumber(a)
			y, _ := parseNumber(b)
			if x != y {
				return cmp.Compare(x, y)
			}
			return strings.Compare(a, b)
		})
		return values
	}
	slices.Sort(values)
	return values
}

// ranks are the places of the dictionary's values in a list; -1 of those that it has not.
func (d *dictionary) ranks(list []string) []int {
	places := make(map[string]int, len(list))
	for i, v := range list {
		places[v] = i
	}
	ranks := make([]int, len(d.values))
	for i, v := range d.values {
		place, ok := places[v]
		if !ok {
			place = -1
		}
		ranks[i] = place
	}
	return ranks
}

func allNumbers(values []string) bool {
	return !slices.ContainsFunc(values, func(v string) bool {
		_, ok := parseNumber(v)
		return !ok
	})
}

// parseNumber reads a number that is usable.
func parseNumber(s string) (v float64, ok bool) {
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil && usable(v)
}

// usable reports whether a number is finite, also as a float32.
func usable(v float64) bool { return math.Abs(v) <= math.MaxFloat32 }
