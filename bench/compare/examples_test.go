package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stheno/stheno/bench"
	"github.com/stheno/stheno/bench/report"
)

// TestExamples: the part runs an example on every machine that is here, at least three times round, and tells its table; what comes to
// something else than on the TapeMachine loses its times.
func TestExamples(t *testing.T) {
	var said bytes.Buffer
	c := &comparer{tell: &said}
	quick := bench.Examples[:1]
	if err := c.runExamples(quick, pace{rounds: exampleRounds, turn: time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	row := c.Examples[0]
	if len(row.Rows) < 2 || row.Rows[0].Name != report.Tape || !(row.Flops > 0) {
		t.Errorf("%+v", row)
	}
	for _, r := range row.Rows {
		if r.Problem != "" || len(r.Values) != exampleRounds || !(r.Values[0] > 0) {
			t.Errorf("%s: %v, %s", r.Name, r.Values, r.Problem)
		}
	}
	if !strings.Contains(said.String(), quick[0].Name) {
		t.Errorf("no table:\n%s", said.String())
	}
	var machines []*machineRow
	for _, x := range []bench.Example{quick[0], bench.Examples[len(bench.Examples)-1]} {
		tape, err := x.Tape()
		if err != nil {
			t.Fatal(err)
		}
		defer tape.Close()
		machines = append(machines, &machineRow{Running: tape})
	}
	for _, m := range machines {
		m.check(machines[0], pace{turn: time.Millisecond})
		m.turn()
	}
	if right, wrong := machines[0], machines[1]; right.Problem != "" || len(right.Values) != 1 || !strings.HasPrefix(wrong.Problem, "DIFFERENT WORK") || wrong.Values != nil {
		t.Errorf("the right one: %+v; the wrong one: %+v", right.Row, wrong.Row)
	}
}
