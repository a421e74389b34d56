package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"stheno/backend"
	"stheno/bench"
	"stheno/bench/report"
	"stheno/data"

	"gorgonia.org/tensor"
)

// whole runs the whole training program, start to exit, on every engine and as the book's own in NumPy, in turn.
func (c *comparer) whole() error {
	bin, err := c.build("train", ".", "./cmd/train")
	if err != nil {
		return err
	}
	var runs []*exec.Cmd // never started themselves: a command runs once
	add := func(name string, threads int, argv ...string) {
		runs = append(runs, command(threads, argv...))
		c.Whole = append(c.Whole, report.Whole{Name: report.Label(name, threads)})
	}
	for _, name := range bench.Engines {
		if e, err := backend.Open(name); err == nil { // else it is named among the peers
			e.Close()
			add("Stheno, "+name, all(), bin, "-backend="+name, "-json")
		}
	}
	for _, p := range c.programs {
		if p.train == nil {
			continue
		}
		mnist, err := c.mnist()
		if err != nil {
			return err
		}
		for _, threads := range slices.Compact([]int{1, all()}) {
			add(p.name, threads, append(p.train, mnist)...)
		}
	}
	rounds := 3
	if c.quick {
		rounds = 1
	}
	for range rounds {
		for i, run := range runs {
			if w := &c.Whole[i]; w.Problem == "" {
				if err := train(run, w); err != nil {
					w.Problem = firstLine(err.Error())
				}
			}
		}
	}
	(&report.Report{Whole: c.Whole}).Tables(c.tell)
	return nil
}

// mnist is a folder with MNIST as plain IDX files, for programs that do not read ours.
func (c *comparer) mnist() (folder string, err error) {
	d, err := data.MNIST()
	if err != nil {
		return "", err
	}
	for name, s := range map[string]*data.Split{"train": &d.Train, "t10k": &d.Test} {
		n := uint32(s.Len())
		for file, content := range map[string][]byte{
			name + "-images-idx3-ubyte": slices.Concat(header(0x803, n, uint32(d.Rows), uint32(d.Cols)), s.Images),
			name + "-labels-idx1-ubyte": slices.Concat(header(0x801, n), s.Labels),
		} {
			if err := os.WriteFile(filepath.Join(c.dir, file), content, 0o666); err != nil {
				return "", err
			}
		}
	}
	return c.dir, nil
}

// header is that of an IDX file: big-endian numbers.
func header(numbers ...uint32) (b []byte) {
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return b
}

// event is what we read of a line of train -json.
type event struct {
	Event   string  `json:"event"`
	TestAcc float64 `json:"test_acc"`
	Train   float64 `json:"train_seconds"`
	Eval    float64 `json:"eval_seconds"`
	PeakMB  float64 `json:"peak_memory_mb"`
}

// train runs a program once. The seconds of its accuracies are those at which their lines come out of it.
func train(run *exec.Cmd, w *report.Whole) error {
	cmd := exec.Cmd{Path: run.Path, Args: run.Args, Env: run.Env}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	var last event
	var curve []report.Point
	for lines := bufio.NewScanner(out); lines.Scan(); {
		last = event{}
		if err := json.Unmarshal(lines.Bytes(), &last); err != nil {
			return err
		}
		if last.Event == "epoch" || last.Event == "done" {
			curve = append(curve, report.Point{Seconds: time.Since(began).Seconds(), Accuracy: last.TestAcc})
		}
	}
	if err := cmd.Wait(); err != nil {
		return err
	}
	w.Seconds = append(w.Seconds, time.Since(began).Seconds())
	w.Train, w.Eval = append(w.Train, last.Train), append(w.Eval, last.Eval)
	w.PeakMB, w.Acc = max(w.PeakMB, last.PeakMB), last.TestAcc
	if w.Curve == nil {
		w.Curve = curve
	}
	return nil
}

// compile times the way from a fresh graph to a program that can run, and counts what a step of it allocates.
func (c *comparer) compile() error {
	for _, name := range bench.Engines {
		e, err := backend.Open(name)
		if err != nil {
			continue // it is named among the peers
		}
		for _, hidden := range [][]int{{50}, {512}, {1024, 1024}} {
			r, err := bench.NewRunner(e, bench.Job{Hidden: hidden, Batch: 100, DType: tensor.Float32})
			if err != nil {
				return err
			}
			row := report.Compile{Name: "Stheno, " + name, Net: r.Job.Spec().Net()}
			for i := range c.pace().rounds + 1 {
				began := time.Now()
				if err := r.Recompile(); err != nil {
					return err
				}
				if i > 0 {
					row.MS = append(row.MS, time.Since(began).Seconds()*1e3)
				}
			}
			if row.Allocs, err = allocations(r); err != nil {
				return err
			}
			r.Close()
			c.Compile = append(c.Compile, row)
		}
		e.Close()
	}
	(&report.Report{Compile: c.Compile}).Tables(c.tell)
	return nil
}

// allocations counts what a step allocates. The few that the runtime itself makes meanwhile are divided away.
func allocations(r *bench.Runner) (float64, error) {
	const steps = 200
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range steps {
		if _, err := r.Step(); err != nil {
			return 0, err
		}
	}
	runtime.ReadMemStats(&after)
	return float64((after.Mallocs - before.Mallocs) / steps), nil
}
