package main

import (
	"context"
	"errors"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stheno/stheno/dist/disttest"
	"github.com/stheno/stheno/internal/command/commandtest"
)

// TestMain: the command starts itself as the processes, which is this program here.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && strings.HasPrefix(os.Args[1], "-process=") {
		os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// TestRun: each row has a time, and all have trained the same.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts processes: not with -short")
	}
	var stdout, stderr strings.Builder
	if code := run(t.Context(), []string{"-net", "784-50-10", "-rounds", "1", "-seconds", "0.05", "-peers=false", "-processes", "2"}, &stdout, &stderr); code != 0 {
		t.Fatalf("exit %d, %s", code, stderr.String())
	}
	rows := 3
	for _, l := range disttest.Launchers() {
		if text := l.Missing(); text != "" {
			t.Log(text)
			continue
		}
		rows += 4
	}
	out := stdout.String()
	if times := strings.Count(out, "\n| ") - 1; times != rows+1 || strings.Contains(out, "DIFFERENT") || strings.Contains(out, "exit status") || strings.Contains(out, "NaN") {
		t.Errorf("%d lines, want %d:\n%s", times, rows+1, out)
	}
}

// TestTorch: PyTorch trains the same, where it is.
func TestTorch(t *testing.T) {
	if os.Getenv("STHENO_LONG") == "" {
		t.Skip("it starts PyTorch for each net: with STHENO_LONG=1")
	}
	t.Chdir("../..")
	files, err := newFolder()
	if err != nil {
		t.Fatal(err)
	}
	defer files.remove()
	python, err := files.python()
	if err != nil {
		t.Skip(err)
	}
	for i := range nets {
		ways := []*way{
			{name: "Stheno", start: func(ctx context.Context, n *net) (*reply, error) {
				return job{Do: "train", Net: n.name, Threads: 1, Seconds: 0.05}.start(ctx, nil)
			}},
			{name: "PyTorch", start: func(ctx context.Context, n *net) (*reply, error) {
				return files.torch(ctx, python, n, 2, 50*time.Millisecond)
			}},
		}
		if err := (&options{rounds: 1}).rows(t.Context(), &nets[i], ways); err != nil {
			t.Fatal(err)
		}
		for _, w := range ways {
			if w.problem != "" || len(w.steps) != 1 {
				t.Errorf("%s, %s: %v %s", nets[i].name, w.name, w.steps, w.problem)
			}
		}
	}
}

// TestDifferentWork: a row whose loss is another one, or that fails, has no times.
func TestDifferentWork(t *testing.T) {
	answer := func(loss float64, err error) *way {
		return &way{start: func(context.Context, *net) (*reply, error) { return &reply{MS: 1, Loss: loss}, err }}
	}
	ways := []*way{answer(2.3, nil), answer(2.3001, nil), answer(2.31, nil), answer(math.NaN(), nil), answer(2.3, errors.New("exit status 1"))}
	if err := (&options{rounds: 2}).rows(t.Context(), &nets[0], ways); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"", "", "DIFFERENT WORK: loss 2.3100000", "DIFFERENT WORK: loss NaN", "exit status 1"} {
		if w := ways[i]; !strings.HasPrefix(w.problem, want) || (want == "") != (w.problem == "" && len(w.steps) == 2) {
			t.Errorf("row %d: %v, %q; want %q", i, w.steps, w.problem, want)
		}
	}
}

// TestWatch: the steps of the gate and a quarter of the time do not count, and the end comes once.
func TestWatch(t *testing.T) {
	ended := 0
	w := watch{first: 3, during: 40 * time.Millisecond, stop: func() { ended++ }}
	for i := 0; ended == 0; i++ {
		if i > 1000 {
			t.Fatal("it does not end")
		}
		time.Sleep(time.Millisecond)
		w.step(i)
		if early := w.last.Sub(w.began); len(w.steps) > 0 && early < 10*time.Millisecond {
			t.Errorf("a step counts after %v", early)
		}
	}
	if len(w.steps) == 0 || slices.Min(w.steps) < 1 {
		t.Errorf("steps of %v ms", w.steps)
	}
}

// TestMistakes: each is one line, and exit code 2.
func TestMistakes(t *testing.T) {
	for want, args := range map[string][]string{
		`-processes "1,x": "x" is not a number from 1 to 64`:              {"-processes", "1,x"},
		`-net "resnet": no net has this in its name; choose from: 784-50`: {"-net", "resnet"},
		"-rounds 0: a number from 1 to 1000":                              {"-rounds", "0"},
		"-seconds NaN: a number above 0":                                  {"-seconds", "NaN"},
		"-emulate holds the model to a link: give -model too":             {"-emulate"},
		"-process is for the command itself":                              {"-process", "{}"},
	} {
		var stdout, stderr strings.Builder
		if code := run(t.Context(), args, &stdout, &stderr); code != 2 || !strings.HasPrefix(stderr.String(), "processes: "+want) || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%v: exit %d, %s", args, code, stderr.String())
		}
	}
}

func FuzzFlags(f *testing.F) {
	commandtest.Fuzz(f, "processes", func(t *testing.T, args []string, w io.Writer) error {
		o, err := parse(args, w)
		if err == nil && o.job == nil && (o.emulate && !o.predict || len(o.processes) == 0 || slices.Min(o.processes) < 1 || len(o.nets) == 0 || o.rounds < 1 || o.time < 0) {
			t.Errorf("%+v are taken", o)
		}
		return err
	}, "-processes\x001,2\x00-net\x001024\x00-peers=false", "-seconds=NaN", `-process={"Do":"sums","Threads":1,"Seconds":1}`)
}
