package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stheno/stheno/internal/command/commandtest"
)

// TestLoad: each answer is counted once, and what is none is a failure.
func TestLoad(t *testing.T) {
	var n atomic.Int64
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) != "question" {
			t.Errorf("%s, %v", body, err)
		}
		switch n.Add(1) % 4 {
		case 0:
			http.Error(w, "full", http.StatusTooManyRequests)
		case 1:
			_, _ = io.WriteString(w, "{}")
		default:
			_, _ = io.WriteString(w, `{"outputs":[{"name":"output"}]}`)
		}
	}))
	defer h.Close()
	r := load(t.Context(), h.URL, []byte("question"), 4, 100*time.Millisecond)
	if all := int(n.Load()); all < 8 || r.done+r.failed != all || r.failed < all/2-2 || r.failed > all/2+2 || len(r.times) != r.done || r.err == nil {
		t.Errorf("%d of %d answered, %d failed, %d times, %v", r.done, all, r.failed, len(r.times), r.err)
	}
	if !slices.IsSorted(r.times) || r.quantile(0) != r.times[0] || r.quantile(1) != r.times[r.done-1] || r.took < 100*time.Millisecond {
		t.Errorf("%v of %v", r.quantile(1), r.took)
	}
	if (&result{}).quantile(0.5) != 0 {
		t.Error("a median of nothing")
	}
}

// TestSameWork: a server that answers otherwise than the first one is not measured.
func TestSameWork(t *testing.T) {
	answers := []string{`{"outputs":[{"name":"output","data":[0.5,0.25]}]}`, `{"outputs":[{"name":"output","data":[0.500001,0.25]}]}`,
		`{"outputs":[{"name":"output","data":[0.5,0.2501]}]}`, `{"outputs":[{"name":"output","data":[0.5]}]}`}
	n := 0
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, answers[n])
		n++
	}))
	defer h.Close()
	var o options
	for i := range answers {
		if err := o.sameWork(h.URL, nil); (err != nil) != (i >= 2) {
			t.Errorf("%s: error %v", answers[i], err)
		}
	}
}

// TestRun: the command builds the server, asks it and ends it.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds a command: not with -short")
	}
	var stdout, stderr strings.Builder
	if code := run(t.Context(), []string{"-peers=false", "-seconds", "0.1", "-clients", "1,8"}, &stdout, &stderr); code != 0 {
		t.Fatalf("exit %d, %s", code, stderr.String())
	}
	if out := stdout.String(); strings.Count(out, "\n| Stheno | ") != 2 || !strings.Contains(out, "Stheno: ") || strings.Contains(out, "failed: ") || strings.Contains(out, "Python") {
		t.Errorf("it prints\n%s", out)
	}
}

// TestMistakes: each is one line, and exit code 2.
func TestMistakes(t *testing.T) {
	for want, args := range map[string][]string{
		`-clients "1,x": "x" is not a number from 1 to 10000`: {"-clients", "1,x"},
		"-seconds 0: a number above 0, a day at most":         {"-seconds", "0"},
		"-hidden 0: a number of units from 1 to 1048576":      {"-hidden", "0"},
	} {
		var stdout, stderr strings.Builder
		if code := run(context.Background(), args, &stdout, &stderr); code != 2 || !strings.HasPrefix(stderr.String(), "load: "+want) || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%v: exit %d, %s", args, code, stderr.String())
		}
	}
}

func FuzzFlags(f *testing.F) {
	commandtest.Fuzz(f, "load", func(t *testing.T, args []string, w io.Writer) error {
		o, err := parse(args, w)
		if err == nil && (len(o.clients) == 0 || slices.Min(o.clients) < 1 || o.time < 0 || o.hidden < 1) {
			t.Errorf("%+v are taken", o)
		}
		return err
	}, "-clients\x001,2\x00-seconds\x000.5\x00-peers=false", "-seconds=NaN", "-hidden=1e9")
}
