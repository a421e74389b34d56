package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno/stheno/checkpoint"
	"github.com/stheno/stheno/internal/output"
	"github.com/stheno/stheno/train"
)

// cutter ends a context with a line, and keeps the lines of evaluations.
type cutter struct {
	bytes.Buffer
	after int // lines; never if it is less than 1
	cut   func()
}

func (c *cutter) Write(p []byte) (int, error) {
	if c.after--; c.after == 0 {
		c.cut()
	}
	return c.Buffer.Write(p)
}

// evaluations are the lines of accuracies.
func evaluations(stdout string) (lines []string) {
	for line := range strings.Lines(stdout) {
		if strings.HasPrefix(line, "train_") {
			lines = append(lines, line)
		}
	}
	return lines
}

// left is what a run has left in its folder: the files that must be the same, and the state without the times.
func left(t *testing.T, out string) (files map[string]string) {
	t.Helper()
	files = map[string]string{}
	for _, name := range []string{modelFile, "history.csv"} {
		content, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(content)
	}
	ts, meta, err := checkpoint.Load(filepath.Join(out, checkpointFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range slices.Sorted(maps.Keys(meta)) {
		if key != "training" { // has the times
			files["checkpoint: "+key] = meta[key]
		}
	}
	files["checkpoint: tensors"] = fmt.Sprint(ts)
	return files
}

// resumedRuns are trainings of all kinds: each optimizer, both engines of the host and both types, with dropout, batch normalisation, a
// schedule, clipping and held-out samples among them.
var resumedRuns = []string{
	"-backend go -optimizer sgd -dropout 0.3 -activation relu",
	"-backend blas -optimizer momentum -batchnorm -hidden 6,5",
	"-backend go -optimizer nesterov -dtype float64 -schedule step:7:0.5 -weight-decay 0.01",
	"-backend blas -optimizer adagrad -dropout 0.5 -batchnorm",
	"-backend go -optimizer rmsprop -clip 0.5 -val 0.2",
	"-backend blas -optimizer adam -dtype float64 -dropout 0.2 -schedule warmup:5,cosine -checkpoint-every 3",
	"-backend go -optimizer adamw -batchnorm -val 0.3 -early-stop 9 -init xavier",
	"-backend go -optimizer adam -hidden= -clip 0.1 -weight-decay 0.1",
}

// TestResumeCommand: a training that is interrupted at any iteration, once or more often, and goes on with -resume and no other flag,
// leaves the files and prints the accuracies of one that is not. Three of the trainings are drawn; with STHENO_LONG=1 it is all of them,
// and more than 100 cuts.
func TestResumeCommand(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	data, runs, rounds, cuts := smallSet(t), slices.Clone(resumedRuns), 12, 0
	if !long() {
		r.Shuffle(len(runs), func(i, j int) { runs[i], runs[j] = runs[j], runs[i] })
		runs, rounds = runs[:3], 1
	}
	for _, flags := range runs {
		args := append(strings.Fields(flags), "-data", data, "-batch", "10", "-iters", "25", "-eval-every", "1", "-seed", fmt.Sprint(seed%1000))
		whole := t.TempDir()
		code, want, stderr := call(t, append(args, "-out", whole)...)
		if code != exitOK {
			t.Fatalf("%s: exit %d, %s", flags, code, stderr)
		}
		wantLines := evaluations(want)
		for range rounds {
			out, got := filepath.Join(t.TempDir(), "out"), ""
			args := append(slices.Clone(args), "-out", out)
			for done := 0; ; {
				ctx, cancel := context.WithCancel(t.Context())
				stdout, errs := &cutter{after: 1 + r.IntN(len(wantLines)), cut: cancel}, &bytes.Buffer{}
				if done+stdout.after >= len(wantLines) {
					stdout.after = 0 // this one comes to the end
				}
				code := run(once(ctx), args, stdout, errs)
				cancel()
				got += strings.Join(evaluations(stdout.String()), "")
				done = strings.Count(got, "\n")
				if code == exitOK {
					break
				}
				if code != exitInterrupted {
					t.Fatalf("%s: exit %d, %s", flags, code, errs)
				}
				cuts++
				args = []string{"-resume", out}
			}
			if wantText := strings.Join(wantLines, ""); got != wantText {
				t.Errorf("%s: it prints\n%s, want\n%s", flags, got, wantText)
			}
			for name, content := range left(t, whole) {
				if now := left(t, out)[name]; now != content {
					t.Errorf("%s: %s is\n%.400q, want\n%.400q", flags, name, now, content)
				}
			}
		}
	}
	t.Logf("%d cuts", cuts)
}

// TestResumeFurther: a training that has come to its end goes on to more iterations, as if it had been meant to from the start.
func TestResumeFurther(t *testing.T) {
	data, short, whole := smallSet(t), t.TempDir(), t.TempDir()
	args := []string{"-data", data, "-batch", "10", "-optimizer", "adam", "-dropout", "0.2"}
	for _, more := range [][]string{append(args, "-iters", "10", "-out", short), {"-iters", "30", "-resume", short}, append(args, "-iters", "30", "-out", whole)} {
		if code, _, stderr := call(t, more...); code != exitOK {
			t.Fatalf("%v: exit %d, %s", more, code, stderr)
		}
	}
	got, want := left(t, short), left(t, whole)
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestResumeBadInput: what does not fit is one line that says what to do.
func TestResumeBadInput(t *testing.T) {
	data, out := smallSet(t), t.TempDir()
	if code, _, stderr := call(t, "-data", data, "-batch", "10", "-iters", "20", "-schedule", "cosine", "-out", out); code != exitOK {
		t.Fatal(stderr)
	}
	file := filepath.Join(out, checkpointFile)
	ts, meta, err := checkpoint.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := func(old, new string) string {
		path := filepath.Join(t.TempDir(), "spoilt")
		changed := maps.Clone(meta)
		changed["training"] = strings.Replace(meta["training"], old, new, 1)
		if err := checkpoint.Save(path, ts, changed); err != nil {
			t.Fatal(err)
		}
		return path
	}
	alien, broken, nonsense := spoilt(`"lr":`, `"magic":`), spoilt(`"Iterations":20`, `"Iterations":7`), spoilt(`"batch":"10"`, `"batch":"ten"`)
	empty := t.TempDir()
	for _, c := range []struct {
		want string
		args []string
	}{
		{"-lr 0.3: " + file + " was trained with 0.1: leave the flag out, or start anew", []string{"-resume", out, "-lr", "0.3"}},
		{"-hidden 7: " + file + " was trained with 50: leave the flag out, or start anew", []string{"-resume", out, "-hidden", "7"}},
		{"-optimizer adam: " + file + " was trained with sgd: leave the flag out, or start anew", []string{"-resume", file, "-optimizer", "adam"}},
		{"-dtype float64: " + file + " was trained with float32: leave the flag out, or start anew", []string{"-resume", file, "-dtype", "float64"}},
		{"-dropout 0.5: " + file + " was trained with 0: leave the flag out, or start anew", []string{"-resume", file, "-dropout", "0.5"}},
		{"-seed 9: " + file + " was trained with 1: leave the flag out, or start anew", []string{"-resume", file, "-seed", "9"}},
		{"-early-stop 5: " + file + " was trained with 0: leave the flag out, or start anew", []string{"-resume", file, "-early-stop", "5"}},
		{"-standardise true: " + file + " was trained with false: leave the flag out, or start anew", []string{"-resume", file, "-standardise"}},
		{"-lr NaN: " + file + " was trained with 0.1: leave the flag out, or start anew", []string{"-resume", file, "-lr", "NaN"}},
		{"-resume: " + file + ": -checkpoint-every -5: iterations are counted from 1; 0 is only at the end", []string{"-resume", file, "-checkpoint-every", "-5"}},
		{"-resume: " + file + ": -checkpoint-every 5: it writes into the folder of -out", []string{"-resume", file, "-checkpoint-every", "5"}},
		{"-iters 19: " + file + " has done 20 already: give more", []string{"-resume", file, "-iters", "19"}},
		{"resume: 40 iterations: the schedule cosine has been followed for 20 of them: keep that number, or give the schedule a length", []string{"-resume", file, "-iters", "40"}},
		{"-load: a training that goes on with -resume is given its model: leave one of the two out", []string{"-resume", file, "-load", file}},
		{"-gradcheck: a training that goes on with -resume", []string{"-resume", file, "-gradcheck"}},
		{"-resume: " + filepath.Join(out, modelFile) + ": it has the model only, no training to go on with", []string{"-resume", filepath.Join(out, modelFile)}},
		{"-resume: " + filepath.Join(empty, checkpointFile) + ": no such file", []string{"-resume", empty}},
		{"-resume: " + alien + `: its training had a flag "magic", which is none here: take a newer program`, []string{"-resume", alien}},
		{"-resume: " + broken + ": its training's history: 20 losses of 7 iterations", []string{"-resume", broken}},
		{"-resume: " + nonsense + ": its batch is \"ten\": parse error", []string{"-resume", nonsense}},
		{"-checkpoint-every 5: it writes into the folder of -out: give -out, or leave it out", []string{"-checkpoint-every", "5"}},
		{"-checkpoint-every -5: iterations are counted from 1; 0 is only at the end", []string{"-checkpoint-every", "-5"}},
		{"-eval-every -5: iterations are counted from 1; 0 is once an epoch", []string{"-eval-every", "-5"}},
		{"-val 1: the share of the training samples to hold out is from 0 to below 1, such as 0.1", []string{"-val", "1"}},
		{"-early-stop 3: it needs samples that are held out: give -val 0.1, or leave it out", []string{"-early-stop", "3"}},
		{"-early-stop -3: evaluations are counted from 1; 0 never stops", []string{"-early-stop", "-3", "-val", "0.1"}},
		{"-save " + file + ": -out " + out + " writes this file too: choose another name", []string{"-save", file, "-out", out}},
	} {
		code, stdout, stderr := call(t, c.args...)
		if code != exitUsage || stdout != "" || !strings.HasPrefix(stderr, "train: "+c.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: exit %d, stdout %q, stderr %q; want exit 2 and %q", c.args, code, stdout, stderr, c.want)
		}
	}
	if s, err := train.OpenState(file); err != nil || s.Iters() != 20 {
		t.Errorf("the checkpoint was changed: %v", err)
	}
}

// TestCheckpointThatFails: one that can't be written is told each time, and the training goes on.
func TestCheckpointThatFails(t *testing.T) {
	out := t.TempDir()
	stdout := &spoiler{paths: []string{filepath.Join(out, checkpointFile)}}
	var stderr strings.Builder
	code := run(once(t.Context()), tinyRun(smallSet(t), "-out", out, "-checkpoint-every", "8"), stdout, &stderr)
	path := filepath.Join(out, checkpointFile)
	told := "train: -checkpoint-every 8: " + path + ": a folder, not an ordinary file; choose another name: the training goes on\n"
	if want := told + told + "train: -out " + path + ": a folder, not an ordinary file; choose another name\n"; code != exitUsage || stderr.String() != want {
		t.Errorf("exit %d, %q; want 2 and %q", code, stderr.String(), want)
	}
	if err := output.Verify(out, commandName); err != nil {
		t.Error(err)
	}
}
