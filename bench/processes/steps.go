package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/stheno/stheno/bench/report"
	"github.com/stheno/stheno/dist/disttest"
)

// way is a way to train, a row of a table.
type way struct {
	name      string
	processes int
	base      bool // the rows of this kind that follow are compared with it
	less      bool // it does less than the others: its loss is another one
	start     func(ctx context.Context, n *net) (*reply, error)

	steps, cpu []float64 // ms, by round
	problem    string
}

// parts is what -parts has in its rows.
const parts = 8

// ways are the rows, and what is missing for others.
func (o *options) ways(files *folder) (list []*way, missing []string) {
	own := func(name string, base bool, j job, with starter, n int) {
		j.Do, j.Seconds = "train", o.time.Seconds()
		list = append(list, &way{name: name, processes: n, base: base, start: func(ctx context.Context, on *net) (*reply, error) {
			j.Net = on.name
			return j.start(ctx, with)
		}})
	}
	own("Stheno without MPI", true, job{Threads: 1}, nil, 1)
	own("the same, 2 threads", false, job{Threads: 2}, nil, 1)
	own(fmt.Sprintf("the same, -parts %d", parts), false, job{Threads: 1, Parts: parts}, nil, 1)
	for _, l := range disttest.Launchers() {
		if text := l.Missing(); text != "" {
			missing = append(missing, text)
			continue
		}
		for _, n := range o.processes {
			own("Stheno, "+l.Name, false, job{Threads: 1}, by(l, n), n)
			if n > 1 {
				own("the same, by messages", false, job{Threads: 1, Messages: true}, by(l, n), n)
				own("the same, without sums", false, job{Threads: 1, Alone: true}, by(l, n), n)
				list[len(list)-1].less = true
			}
			if n > 1 && n <= parts && parts%n == 0 {
				own(fmt.Sprintf("the same, -parts %d", parts), false, job{Threads: 1, Parts: parts}, by(l, n), n)
			}
		}
	}
	if !o.peers {
		return list, missing
	}
	python, err := files.python()
	if err != nil {
		return list, append(missing, "PyTorch: "+err.Error())
	}
	for i, n := range append([]int{1}, o.processes...) {
		if i == 0 || n > 1 {
			list = append(list, &way{name: "PyTorch, gloo", processes: n, base: n == 1, start: func(ctx context.Context, on *net) (*reply, error) {
				return files.torch(ctx, python, on, n, o.time)
			}})
		}
	}
	return list, missing
}

// measure prints a table for each net.
func (o *options) measure(ctx context.Context, out io.Writer) error {
	files, err := newFolder()
	if err != nil {
		return err
	}
	defer files.remove()
	tellMachine(out)
	for i := range o.nets {
		n := &o.nets[i]
		ways, missing := o.ways(files)
		if i == 0 {
			for _, m := range missing {
				fmt.Fprintf(out, "Left out: %s\n\n", m)
			}
		}
		if err := o.rows(ctx, n, ways); err != nil {
			return err
		}
		if err := tableOf(out, n, ways); err != nil {
			return err
		}
	}
	return nil
}

// rows measures all ways to train a net, in turn.
func (o *options) rows(ctx context.Context, n *net, ways []*way) error {
	expected := math.NaN()
	for range o.rounds {
		for _, w := range ways {
			if w.problem != "" {
				continue
			}
			r, err := w.start(ctx, n)
			if ctx.Err() != nil {
				return fmt.Errorf("interrupted")
			}
			if err != nil {
				w.problem = err.Error()
				continue
			}
			if math.IsNaN(expected) {
				expected = r.Loss
			}
			if !w.less && !(math.Abs(r.Loss-expected) <= n.tolerance*expected) {
				w.problem = fmt.Sprintf("DIFFERENT WORK: loss %.7f after %d steps, expected %.7f", r.Loss, n.gate, expected)
				continue
			}
			w.steps, w.cpu = append(w.steps, r.MS), append(w.cpu, r.CPU)
		}
	}
	return nil
}

// tableOf prints the rows of a net.
func tableOf(out io.Writer, n *net, ways []*way) error {
	numbers, err := n.numbers()
	if err != nil {
		return err
	}
	mb := float64(numbers) * 4 / 1e6
	fmt.Fprintf(out, "### %s, float32: a step adds up %.4g MB\n\n", n.name, mb)
	t := report.Table{Header: []string{"", "processes", "ms a step", "times as fast as one", "CPU of all, ms a step", "sums, MB a second"}}
	base := math.NaN()
	for _, w := range ways {
		if w.problem != "" {
			t.Add(w.name, strconv.Itoa(w.processes), w.problem, "", "", "")
			continue
		}
		ms := report.Median(w.steps)
		if w.base {
			base = ms
		}
		rate := ""
		if w.processes > 1 && !w.less {
			rate = fmt.Sprintf("%.0f", mb/ms*1e3)
		}
		t.Add(w.name, strconv.Itoa(w.processes), fmt.Sprintf("%.4g", ms), fmt.Sprintf("%.2f", base/ms), fmt.Sprintf("%.4g", report.Median(w.cpu)), rate)
	}
	t.Write(out)
	fmt.Fprintln(out)
	return nil
}
