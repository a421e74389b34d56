package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"stheno/backend"
	"stheno/bench"
)

// whole builds cmd/train and runs the whole main job: start to exit of the process, its peak memory, and the step's
// allocations and the compiler's time.
func whole(w io.Writer, quick bool) error {
	dir, err := os.MkdirTemp("", "stheno-train")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	bin := filepath.Join(dir, "train")
	if out, err := exec.Command("go", "build", "-o", bin, "./cmd/train").CombinedOutput(); err != nil {
		return fmt.Errorf("go build ./cmd/train: %v: %s", err, out)
	}
	runs := 3
	if quick {
		runs = 1
	}
	fmt.Fprintf(w, "\n### The whole main job: 10,000 iterations, 17 rows of accuracies, data loading included\n\n")
	fmt.Fprintf(w, "| engine | seconds, start to exit | training s | evaluation s | peak memory MB | test accuracy |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, name := range bench.Engines {
		if e, err := backend.Open(name); err != nil {
			fmt.Fprintf(w, "| %s | %s | | | | |\n", name, strings.SplitN(err.Error(), "\n", 2)[0])
			continue
		} else {
			e.Close()
		}
		var rows []wholeRun
		for range runs {
			r, err := runWhole(bin, name)
			if err != nil {
				return err
			}
			rows = append(rows, r)
		}
		slices.SortFunc(rows, func(a, b wholeRun) int { return int(a.seconds*1e6 - b.seconds*1e6) })
		m := rows[len(rows)/2]
		fmt.Fprintf(w, "| %s | %.2f | %.2f | %.2f | %.0f | %.4f |\n", name, m.seconds, m.Train, m.Eval, m.PeakMB, m.Acc)
	}
	return compileTimes(w)
}

type wholeRun struct {
	seconds float64
	Train   float64 `json:"train_seconds"`
	Eval    float64 `json:"eval_seconds"`
	Acc     float64 `json:"test_acc"`
	PeakMB  float64 `json:"peak_memory_mb"`
}

func runWhole(bin, engine string) (wholeRun, error) {
	var r wholeRun
	cmd := exec.Command(bin, "-backend="+engine, "-json")
	began := time.Now()
	out, err := cmd.Output()
	if err != nil {
		return r, fmt.Errorf("train -backend=%s: %v", engine, err)
	}
	r.seconds = time.Since(began).Seconds()
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return r, json.Unmarshal([]byte(lines[len(lines)-1]), &r)
}

// compileTimes is from a fresh graph to a program that can run, and the allocations of a step.
func compileTimes(w io.Writer) error {
	fmt.Fprintf(w, "\n### Compiling the step of the main job, and what a step allocates\n\n| engine | graph and program, ms | allocations a step |\n| --- | --- | --- |\n")
	for _, name := range bench.Engines {
		e, err := backend.Open(name)
		if err != nil {
			continue
		}
		var ms []float64
		var r *bench.Runner
		for range 21 {
			if r, err = bench.NewRunner(e, bench.Main); err != nil {
				return err
			}
			began := time.Now()
			if err := r.Recompile(); err != nil {
				return err
			}
			ms = append(ms, time.Since(began).Seconds()*1e3)
		}
		slices.Sort(ms)
		fmt.Fprintf(w, "| %s | %.2f | %d |\n", name, ms[len(ms)/2], allocations(r))
		e.Close()
	}
	return nil
}

// allocations counts what a thousand steps allocate, a step.
func allocations(r *bench.Runner) uint64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 1000 {
		if _, err := r.Step(); err != nil {
			panic(err) // it ran a moment ago
		}
	}
	runtime.ReadMemStats(&after)
	return (after.Mallocs - before.Mallocs) / 1000
}
