package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/stheno/stheno/internal/command"
)

// printer says what the net makes of samples, a line each.
type printer struct {
	net  *net
	top  int
	json bool
	w    io.Writer
}

// answer is a class with its probability, or a value with its name.
type answer struct {
	Class       string  `json:"class"`
	Probability float64 `json:"probability"`
}

// line is what -json prints of a sample.
type line struct {
	Input string `json:"input"`
	*answer
	Top    []answer           `json:"top,omitempty"`
	Values map[string]float64 `json:"values,omitempty"`
}

func (p *printer) print(name string, y []float64) error {
	l := line{Input: name}
	var parts []string
	if p.net.values {
		l.Values = map[string]float64{}
		for i, v := range y {
			l.Values[p.net.class(i)] = v
			parts = append(parts, strings.TrimSpace(fmt.Sprintf("%s %.6g", p.named(i), v)))
		}
	} else {
		for _, i := range ranked(y)[:min(p.top, len(y))] {
			l.Top = append(l.Top, answer{p.net.class(i), y[i]})
			parts = append(parts, fmt.Sprintf("%s %.4f", p.net.class(i), y[i]))
		}
		l.answer = &l.Top[0]
	}
	if p.json {
		return json.NewEncoder(p.w).Encode(l)
	}
	_, err := fmt.Fprintln(p.w, command.Printable(name+": "+strings.Join(parts, ", ")))
	return err
}

// named is the name of a value; one that is alone and has none needs none.
func (p *printer) named(i int) string {
	if p.net.before == nil && p.net.Net.Out == 1 {
		return ""
	}
	return p.net.class(i)
}

// ranked are the places of numbers, the largest first, the first of equals before others.
func ranked(y []float64) []int {
	order := make([]int, len(y))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case y[i] > y[j]:
			return -1
		case y[i] < y[j]:
			return 1
		}
		return 0
	})
	return order
}
