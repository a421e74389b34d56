package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/bench"
	"github.com/stheno/stheno/bench/report"
	"github.com/stheno/stheno/data"
)

// training is a whole training program on one number of threads.
type training struct {
	program string
	cmd     *exec.Cmd // as it is to be started; a command runs only once
	report.Whole
}

// whole runs the whole training program, start to exit, on every engine and as the book's own in NumPy, in turn.
func (c *comparer) whole() error {
	runs, err := c.trainings()
	if err != nil {
		return err
	}
	rounds := 3
	if c.quick {
		rounds = 1
	}
	for range rounds {
		for i := range runs {
			if r := &runs[i]; r.Problem == "" {
				if err := r.once(); err != nil {
					r.Problem = firstLine(err.Error())
				}
			}
		}
	}
	for _, r := range fastest(runs) {
		c.Whole = append(c.Whole, r.Whole)
	}
	(&report.Report{Whole: c.Whole}).Tables(c.tell)
	return nil
}

// fastest leaves, of each program, the number of threads that it was the fastest with.
func fastest(runs []training) (left []training) {
	for _, r := range runs {
		last := len(left) - 1
		switch {
		case last < 0 || left[last].program != r.program:
			left = append(left, r)
		case r.Problem == "" && report.Median(r.Seconds) < report.Median(left[last].Seconds):
			left[last] = r
		}
	}
	return left
}

func (c *comparer) trainings() (runs []training, err error) {
	bin, err := c.build("train", ".", "./cmd/train", ownTags()...)
	if err != nil {
		return nil, err
	}
	add := func(name string, threads int, argv ...string) {
		runs = append(runs, training{name, withThreads(threads, argv...), report.Whole{Name: report.Label(name, threads)}})
	}
	for _, name := range bench.Engines {
		if e, err := backend.Open(name); err == nil { // else it is named among the peers
			e.Close()
			add("Stheno, "+name, all(), bin, "-backend="+name, "-json")
		}
	}
	folder := sync.OnceValues(c.mnist)
	for _, p := range c.programs {
		if p.train == nil {
			continue
		}
		mnist, err := folder()
		if err != nil {
			return nil, err
		}
		for _, threads := range slices.Compact([]int{1, all()}) {
			add(p.name, threads, append(p.train, mnist)...)
		}
	}
	return runs, nil
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

// once runs the program. The seconds of its accuracies are those at which their lines come out of it.
func (t *training) once() error {
	cmd := exec.Cmd{Path: t.cmd.Path, Args: t.cmd.Args, Env: t.cmd.Env}
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
			cmd.Process.Kill()
			cmd.Wait()
			return fmt.Errorf("it says %q: %v", lines.Text(), err)
		}
		if last.Event == "epoch" || last.Event == "done" {
			curve = append(curve, report.Point{Seconds: time.Since(began).Seconds(), Accuracy: last.TestAcc})
		}
	}
	if err := cmd.Wait(); err != nil {
		return err
	}
	t.Seconds = append(t.Seconds, time.Since(began).Seconds())
	t.Train, t.Eval = append(t.Train, last.Train), append(t.Eval, last.Eval)
	t.PeakMB, t.Acc = max(t.PeakMB, last.PeakMB), last.TestAcc
	if t.Curve == nil {
		t.Curve = curve
	}
	return nil
}
