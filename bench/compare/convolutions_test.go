package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stheno/stheno/bench/report"
	"github.com/stheno/stheno/bench/work"
)

// TestConvolutions: the part runs, on small shapes and once round, and every program that is here makes the same numbers.
func TestConvolutions(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds and starts peers: not with -short")
	}
	var said bytes.Buffer
	c := &comparer{dir: t.TempDir(), tell: &said}
	c.findEngines()
	c.findPython("")
	shapes := []work.Convolution{
		{Batch: 2, Channels: 3, Size: 11, Filters: 5, Kernel: 7, Step: 2, Pad: 3},
		{Batch: 1, Channels: 17, Size: 6, Filters: 33, Kernel: 1, Step: 1, Pad: 0},
		{Batch: 2, Channels: 18, Size: 7, Filters: 18, Kernel: 3, Step: 2, Pad: 1, Groups: 18},
		{Batch: 1, Channels: 12, Size: 5, Filters: 24, Kernel: 3, Step: 1, Pad: 1, Groups: 6},
	}
	if err := c.convolve(shapes, pace{2, time.Millisecond, 0, time.Minute}); err != nil {
		t.Fatal(err)
	}
	if want := len(shapes) * len(work.Passes); len(c.Convolutions) != want {
		t.Fatalf("%d rows, want %d", len(c.Convolutions), want)
	}
	for _, row := range c.Convolutions {
		for _, r := range row.Rows {
			if r.Problem != "" || len(r.Values) == 0 || !(r.Values[0] > 0) {
				t.Errorf("%s, %s: %s: %v, %s", row.Shape, row.Pass, r.Name, r.Values, r.Problem)
			}
		}
	}
	for _, title := range []string{"forward, float32", "gradient by data", "gradient by weights"} {
		if !strings.Contains(said.String(), title) {
			t.Errorf("no table %q in\n%s", title, said.String())
		}
	}
}

// TestConvolutionsDiffer: a peer that sums up to something else, and one that cannot do what it is asked, lose their times.
func TestConvolutionsDiffer(t *testing.T) {
	c := &comparer{dir: t.TempDir()}
	bin, err := c.build("convolutions", ".", "./bench/peers/convolutions")
	if err != nil {
		t.Fatal(err)
	}
	speaker := filepath.Join("bench", "compare", "testdata", "wrong.sh")
	s := work.Convolution{Batch: 1, Channels: 1, Size: 3, Filters: 1, Kernel: 3, Step: 1, Pad: 1}
	var peers []*runner
	for _, argv := range [][]string{{bin, "go"}, {"sh", speaker}} {
		p, err := start(argv, 1, time.Minute)
		if err != nil {
			t.Skipf("%v: %v", argv, err) // no sh
		}
		defer p.close()
		peers = append(peers, &runner{program: &program{name: argv[0]}, process: p, threads: 1})
	}
	row := convolution(s, "forward", pace{rounds: 1, turn: time.Millisecond}, peers)
	if r := row.Rows[0]; r.Problem != "" || len(r.Values) != 1 {
		t.Errorf("the right one: %+v", r)
	}
	if r := row.Rows[1]; !strings.HasPrefix(r.Problem, "DIFFERENT WORK") || r.Values != nil {
		t.Errorf("the wrong one: %+v", r)
	}
	row = convolution(s, "sideways", pace{rounds: 1, turn: time.Millisecond}, peers[:1])
	if r := row.Rows[0]; !strings.Contains(r.Problem, "sideways") {
		t.Errorf("a pass that there is none of: %+v", r)
	}
	var said bytes.Buffer
	(&report.Report{Convolutions: []report.Convolution{row}}).Tables(&said)
	if !strings.Contains(said.String(), "sideways") {
		t.Errorf("the table does not say why:\n%s", said.String())
	}
}
