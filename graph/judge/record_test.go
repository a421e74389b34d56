package judge

import (
	"encoding/gob"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

// records are what testdata/examples/witness.go writes: one of each machine that an example makes.
type records []*struct {
	Millis []float64 // of each run
	Values []value   // of the last run, and of the end
	Host   []string  // ops that ran on the host, by a function
}

type value struct {
	Name   string
	Single bool // float32
	Data   []float64
}

func readRecords(file string) (records, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var r records
	return r, gob.NewDecoder(f).Decode(&r)
}

// size tells how much there is to compare.
func (r records) size() string {
	values, numbers := 0, 0
	for _, m := range r {
		values += len(m.Values)
		for _, v := range m.Values {
			numbers += len(v.Data)
		}
	}
	return fmt.Sprintf("%d values, %d numbers", values, numbers)
}

// millis is the median time of a run; the first run of each machine counts only where it is the only one.
func (r records) millis() float64 {
	var all []float64
	for _, m := range r {
		all = append(all, m.Millis[min(1, len(m.Millis)-1):]...)
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// onHost are the ops that ran on the host, each once.
func (r records) onHost() []string {
	var ops []string
	for _, m := range r {
		ops = append(ops, m.Host...)
	}
	slices.Sort(ops)
	return slices.Compact(ops)
}

// compare holds the values to those of the TapeMachine, and returns the largest difference, as a part of the largest number of its
// value. Gradients that are steps on the way to what a machine was asked for only are the TapeMachine's to keep.
func (r records) compare(t *testing.T, want records, only bool) float64 {
	t.Helper()
	if len(r) != len(want) {
		t.Fatalf("%d machines, the example on the TapeMachine makes %d", len(r), len(want))
	}
	worst := 0.0
	for i, m := range r {
		if len(m.Millis) != len(want[i].Millis) || len(m.Values) == 0 {
			t.Errorf("machine %d: %d runs and %d values, want %d and %d", i, len(m.Millis), len(m.Values), len(want[i].Millis), len(want[i].Values))
		}
		for _, v := range want[i].Values {
			at := slices.IndexFunc(m.Values, func(w value) bool { return w.Name == v.Name })
			if at < 0 {
				if !only || !strings.HasPrefix(v.Name, "gradient") {
					t.Errorf("machine %d: no %s", i, v.Name)
				}
				continue
			}
			d, bound := difference(m.Values[at].Data, v.Data), 1e-10
			if v.Single {
				bound = 1e-4
			}
			if !(d <= bound) {
				t.Errorf("machine %d: %s differs by %.1e of its largest number, more than %g", i, v.Name, d, bound)
			}
			worst = max(worst, d)
		}
	}
	return worst
}

// difference is the largest difference, as a part of the largest number; NaN where one of them is no number.
func difference(got, want []float64) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	apart, largest := 0.0, 0.0
	for i, x := range want {
		apart, largest = max(apart, math.Abs(got[i]-x)), max(largest, math.Abs(x))
	}
	if apart == 0 {
		return 0
	}
	return apart / largest
}
