package main

import (
	"context"
	"fmt"
	"time"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"
	"github.com/stheno/stheno/bench/peak"
	"github.com/stheno/stheno/bench/report"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/dist"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/train"

	"gorgonia.org/tensor"
)

// How many images of MNIST there are to train and to test on: enough for batches to differ, and few enough for the evaluation that a
// training begins with.
const (
	trained = 2048
	tested  = 100
)

// seed is that of the batches.
const seed = 1

// samples are the first images of MNIST.
func samples() (*data.Set, error) {
	d, err := data.MNIST()
	if err != nil {
		return nil, err
	}
	set, err := d.Set()
	if err != nil {
		return nil, err
	}
	if set.Train, err = data.Subset(set.Train, upTo(trained)); err == nil {
		set.Test, err = data.Subset(set.Test, upTo(tested))
	}
	return set, err
}

// upTo are the numbers from 0 on.
func upTo(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// first are the first samples of a source, and their targets.
func first(s data.Source, n int) (x, t []float32, err error) {
	x, t = make([]float32, n*s.Inputs()), make([]float32, n*s.Outputs())
	return x, t, s.Read32(x, t, upTo(n))
}

// train trains for the job's time, and gives the median step of it.
func (j *job) train(g dist.Group) (*reply, error) {
	n := netsOf(j.Net)[0]
	set, err := samples()
	if err != nil {
		return nil, err
	}
	m, closeAll, err := n.open()
	if err != nil {
		return nil, err
	}
	defer closeAll()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	w := watch{first: n.gate, during: time.Duration(j.Seconds * float64(time.Second)), stop: stop}
	c := train.Config{Batch: n.batch, Iters: 1 << 30, LR: n.rate, Seed: seed, Group: g, Parts: j.Parts}
	if j.Alone {
		c.Batch, c.Group = n.batch/g.Size(), nil
		if err := g.Barrier(); err != nil { // they begin together
			return nil, err
		}
	}
	h, err := train.Run(ctx, m, set, c, train.Events{Step: w.step})
	if err != nil {
		return nil, err
	}
	if len(w.steps) == 0 {
		return nil, fmt.Errorf("%.3g seconds are not enough for %d steps", j.Seconds, len(h.Losses))
	}
	sum := []float64{w.cpu.Seconds() * 1e3 / float64(len(w.steps))}
	op, err := g.Sum(sum)
	if err != nil {
		return nil, err
	}
	if err := dist.Do(op); err != nil {
		return nil, err
	}
	return &reply{MS: report.Median(w.steps), CPU: sum[0], Loss: h.Losses[n.gate-1]}, nil
}

// open puts the net on the engine go.
func (n *net) open() (*models.Model, func(), error) {
	e, err := backend.Open("go")
	if err != nil {
		return nil, nil, err
	}
	built, err := n.model.Net()
	if err != nil {
		return nil, nil, err
	}
	m, err := models.New(built, e, tensor.Float32)
	if err != nil {
		return nil, nil, err
	}
	return m, func() { m.Close(); e.Close() }, nil
}

// watch has a look at the clock after each step, from one to the next: bringing a batch to where a step reads it counts. The steps of the
// gate and a quarter of the time warm up.
type watch struct {
	first  int
	during time.Duration
	stop   func()

	began, warm, last time.Time
	spent, cpu        time.Duration // on cores: before the first step that counts, and since
	steps             []float64     // ms
}

func (w *watch) step(iter int) {
	now := time.Now()
	switch {
	case iter < w.first:
		w.began = now
		return
	case now.Sub(w.began) < w.during/4:
		return
	case w.warm.IsZero():
		w.warm, w.last, w.spent = now, now, peak.CPUTime()
		return
	}
	w.steps = append(w.steps, now.Sub(w.last).Seconds()*1e3)
	w.cpu = peak.CPUTime() - w.spent
	if w.last = now; now.Sub(w.began) > w.during {
		w.stop()
	}
}
