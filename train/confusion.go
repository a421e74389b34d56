package train

import (
	"fmt"

	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"
)

// Confusion is how often samples of each class are taken for each.
type Confusion struct {
	Classes []string // their names
	Counts  [][]int  // Counts[i][j] are samples of class i that are taken for class j
	Samples []int    // of each class: more than its counts together where scores were no numbers, which is taken for none
}

// Recall is the share of the class's samples that are taken for it; NaN where there are none.
func (c *Confusion) Recall(class int) float64 {
	return float64(c.Counts[class][class]) / float64(c.Samples[class])
}

// Precision is the share of the class's own samples among those that are taken for it; NaN where there are none.
func (c *Confusion) Precision(class int) float64 {
	taken := 0
	for _, row := range c.Counts {
		taken += row[class]
	}
	return float64(c.Counts[class][class]) / float64(taken)
}

// F1 is the harmonic mean of precision and recall; 0 where both are, NaN where one is.
func (c *Confusion) F1(class int) float64 {
	p, r := c.Precision(class), c.Recall(class)
	if p+r == 0 {
		return 0
	}
	return 2 * p * r / (p + r)
}

// Confusion tells which classes the model takes samples of each class for. Of regression it is an error.
func (e *Evaluator) Confusion(s data.Source) (*Confusion, error) {
	if e == nil || e.d == nil {
		return nil, errNoEvaluator
	}
	if e.d.Regression() {
		return nil, fmt.Errorf("%s: a regression has no classes to take for each other", e.d.Name)
	}
	if err := e.check(s); err != nil {
		return nil, fmt.Errorf("%s: %w", e.d.Name, err)
	}
	classes := len(e.d.Classes)
	c := &Confusion{Classes: e.d.Classes, Counts: make([][]int, classes), Samples: make([]int, classes)}
	for i := range c.Counts {
		c.Counts[i] = make([]int, classes)
	}
	add := func(y, t any) {
		if y, ok := y.([]float32); ok {
			confuse(c, y, t.([]float32))
			return
		}
		confuse(c, y.([]float64), t.([]float64))
	}
	n := s.Len()
	whole := n - n%evalBatch
	for _, part := range [][2]int{{0, whole}, {whole, n}} {
		if from, to := part[0], part[1]; to > from {
			if err := e.each(s, from, to, min(to-from, evalBatch), e.done, add); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

func confuse[T data.Float](c *Confusion, y, t []T) {
	classes := len(c.Classes)
	for i := 0; i < len(y); i += classes {
		is, taken := class(t[i:i+classes]), models.Argmax(y[i:i+classes])
		if is < 0 {
			continue
		}
		if c.Samples[is]++; taken >= 0 {
			c.Counts[is][taken]++
		}
	}
}
