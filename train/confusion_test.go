package train

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno/stheno/data"

	"gorgonia.org/tensor"
)

// TestConfusion: of a net whose answers are known, more samples than a batch has: each is counted where it belongs, and the shares are
// those of the counts; scores that are no numbers are an answer for nothing.
func TestConfusion(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		m := model(t, dt, 4, 4) // its scores are its inputs
		w := make([]float64, 16)
		for i := range 4 {
			w[i*4+i] = 1
		}
		if err := m.SetParams(map[string][]float64{"W1": w, "b1": make([]float64, 4)}); err != nil {
			t.Fatal(err)
		}
		const n = evalBatch + 77
		x, target := make([]float64, 4*n), make([]float64, 4*n)
		want, total := [4][4]int{}, [4]int{}
		for i := range n {
			class, answer := i%3, (i*i+i/7)%4 // there is no class 3
			target[i*4+class], x[i*4+answer] = 1, 1
			total[class]++
			if i == 5 {
				x[i*4] = math.NaN()
				continue
			}
			want[class][answer]++
		}
		source, err := data.Floats(x, target, 4, 4)
		if err != nil {
			t.Fatal(err)
		}
		e, err := NewEvaluator(m, &data.Set{Name: "answers", Shape: []int{4}, Classes: []string{"a", "b", "c", "d"}, Train: source})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		c, err := e.Confusion(source)
		if err != nil {
			t.Fatal(err)
		}
		right := 0
		for i := range 4 {
			if !slices.Equal(c.Counts[i], want[i][:]) || c.Samples[i] != total[i] {
				t.Errorf("%v, class %d: %v of %d, want %v of %d", dt, i, c.Counts[i], c.Samples[i], want[i], total[i])
			}
			right += c.Counts[i][i]
		}
		taken := want[0][1] + want[1][1] + want[2][1]
		p, r := float64(want[1][1])/float64(taken), float64(want[1][1])/float64(total[1])
		if c.Precision(1) != p || c.Recall(1) != r || math.Abs(c.F1(1)-2/(1/p+1/r)) > 1e-15 || !math.IsNaN(c.Recall(3)) || c.Precision(3) != 0 {
			t.Errorf("precision %v, recall %v, f1 %v of class b; %v and %v of class d", c.Precision(1), c.Recall(1), c.F1(1), c.Precision(3), c.Recall(3))
		}
		if got, err := e.Score(source); err != nil || got != float64(right)/n {
			t.Errorf("accuracy %v, of the table %v; %v", got, float64(right)/n, err)
		}
	}
}

func TestConfusionMistakes(t *testing.T) {
	m := model(t, tensor.Float32, 16, 4)
	e, err := NewEvaluator(m, stripes(40))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	_, none := (*Evaluator)(nil).Confusion(nil)
	_, noSamples := e.Confusion(nil)
	for want, err := range map[string]error{"the evaluator is empty": none, "stripes: no samples to evaluate on": noSamples} {
		if !strings.HasPrefix(fmt.Sprint(err), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if got := (&Confusion{Classes: []string{"a", "b"}, Counts: [][]int{{0, 1}, {2, 0}}, Samples: []int{1, 2}}).F1(0); got != 0 {
		t.Errorf("F1 of nothing right is %v", got)
	}
}
