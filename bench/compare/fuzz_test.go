package main

import (
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/stheno/stheno/bench/report"
	"github.com/stheno/stheno/internal/command/commandtest"
)

func FuzzFlags(f *testing.F) {
	commandtest.Fuzz(f, "compare", func(t *testing.T, args []string, w io.Writer) error {
		o, err := parse(args, w)
		if err == nil && (len(o.parts) == 0 || len(jobsOf(o.job, o.quick)) == 0) {
			t.Errorf("%+v is taken", o)
		}
		return err
	}, "-quick\x00-list", "-only\x00whole,jobs\x00-job\x001024", "-scaling", "-only=nothing", "-python\x00python3\x00-keep-env")
}

// FuzzReport: a file of -against is no report, in one line, or can be compared with one that has the same titles and rows.
func FuzzReport(f *testing.F) {
	now := report.Report{Comparisons: []report.Comparison{{Title: "a", Rows: []report.Row{{Name: "b", Values: []float64{1, 2}}, {Name: "c", Values: []float64{3, 5}}}}}}
	for _, seed := range []string{"", "null", "{}", "[]", `{"comparisons":[{"title":"a"}]}`, `{"comparisons":[{"title":"a","rows":[{"name":"b","values":[1]},{"name":"c","values":[2]}]}]}`,
		`{"comparisons":[{"title":"a","rows":[{"name":"c","values":[0]},{"name":"c","values":[-1e308,1e308]}]}]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		before, err := decode(text)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("not one line: %v", err)
			}
			return
		}
		report.Agreement(io.Discard, before, &now)
	})
}

// FuzzPeer: whatever a peer answers, we have its numbers or an error.
func FuzzPeer(f *testing.F) {
	for _, seed := range []string{"", "\n\n", `{"version":"1","gate":0.1}` + "\n" + `{"ms":2}` + "\n", "{}\n" + `{"error":"x"}`, "{}\n{\"ms\":1e999}", "Traceback\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, lines string) {
		c, err := converse(nowhere{}, strings.NewReader(lines))
		if err != nil {
			return
		}
		if ms, err := c.ask("steps", 1); err == nil && (math.IsNaN(ms) || math.IsInf(ms, 0)) {
			t.Errorf("%q: %v ms", lines, ms)
		} else if errors.Is(err, io.ErrUnexpectedEOF) && strings.Count(lines, "\n") > 2 && len(lines) < 1<<10 {
			t.Errorf("%q: %v", lines, err)
		}
	})
}

// nowhere takes requests.
type nowhere struct{}

func (nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (nowhere) Close() error                { return nil }
