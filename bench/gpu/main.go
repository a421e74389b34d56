// Command gpu measures an engine on the training step and on the whole job, for bench/gpu.sh, which runs it on a machine
// with a GPU. It prints one line a result, its fields separated by tabs.
//
//	gpu -what device             the engine's device
//	gpu -what losses             the largest difference of a run's losses from engine go's
//	gpu -what steps              step times: who, net, µs synchronised, µs queued, loss after 10 steps
//	gpu -what loops              µs of a step on batches that the GPU draws, by each way to do many; the fastest as a step time
//	gpu -what job                the whole job
//	gpu -what convolutions       single convolutions: who, shape, µs forward, by data and by weights, sum of the three results
//	gpu -what shapes             the shapes of these, as torch_convolutions.py reads them
//
// Synchronised means that the loss of each step is read before the next begins; queued, that only the last one is.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"
	_ "github.com/stheno/stheno/backend/cuda"
	"github.com/stheno/stheno/bench"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/internal/command"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/train"

	"gorgonia.org/tensor"
)

// precision follows the engine's name where it is not float32.
var precision string

// part is something that can be measured.
type part struct {
	name string
	run  func(out io.Writer, e backend.Engine, iters int) error
}

var parts = []part{
	{"device", func(out io.Writer, e backend.Engine, _ int) error { fmt.Fprintln(out, e.Device()); return nil }},
	{"losses", losses},
	{"steps", steps},
	{"loops", loops},
	{"job", job},
	{"convolutions", convolutions},
	{"shapes", shapes},
}

func partNames() string {
	var names []string
	for _, p := range parts {
		names = append(names, p.name)
	}
	return strings.Join(names, ", ")
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is main without the process: it returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	return command.Run("gpu", stdout, stderr, func(out io.Writer) error { return measure(args, out, stderr) })
}

// options are the flags, checked.
type options struct {
	backend string
	part    part
	tf32    bool
	iters   int
}

func parse(args []string, stderr io.Writer) (o options, err error) {
	fs := flag.NewFlagSet("gpu", flag.ContinueOnError)
	fs.StringVar(&o.backend, "backend", "cuda", "engine: go, blas or cuda")
	what := fs.String("what", "device", "one of "+partNames())
	fs.BoolVar(&o.tf32, "tf32", false, "multiply large matrices in TF32")
	fs.IntVar(&o.iters, "iters", 0, "iterations of losses (500) and job (10000), or steps of each round (1000)")
	if err := command.Parse(fs, args, stderr); err != nil {
		return o, err
	}
	at := slices.IndexFunc(parts, func(p part) bool { return p.name == *what })
	switch {
	case at < 0:
		return o, fmt.Errorf("-what %q is unknown: choose one of %s", *what, partNames())
	case o.iters < 0:
		return o, fmt.Errorf("-iters %d: it cannot be negative; 0 is the usual number", o.iters)
	}
	o.part = parts[at]
	return o, nil
}

func measure(args []string, out, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	e, err := backend.Open(o.backend)
	if err != nil {
		return fmt.Errorf("-backend %s: %w", o.backend, err)
	}
	if o.tf32 {
		t, ok := e.(backend.TF32)
		if !ok {
			return fmt.Errorf("-tf32: engine %s has no TF32", o.backend)
		}
		if err := t.SetTF32(true); err != nil {
			return fmt.Errorf("-tf32: %w", err)
		}
		precision = ", TF32"
	}
	if err := o.part.run(out, e, o.iters); err != nil {
		return err
	}
	return e.Close()
}

// learn runs the chapter's job.
func learn(e backend.Engine, d *data.Dataset, iters int) (*train.History, error) {
	net, err := models.TwoLayerNet(784, 50, 10, 0.01, 1).Net()
	if err != nil {
		return nil, err
	}
	m, err := models.New(net, e, tensor.Float32)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	return train.Run(context.Background(), m, d, train.Config{Batch: 100, Iters: iters, LR: 0.1, Seed: 1}, train.Events{})
}

func losses(out io.Writer, e backend.Engine, iters int) error {
	d, err := data.MNIST()
	if err != nil {
		return err
	}
	host, err := backend.Open("go")
	if err != nil {
		return err
	}
	defer host.Close()
	n := or(iters, 500)
	got, err := learn(e, d, n)
	if err != nil {
		return err
	}
	want, err := learn(host, d, n)
	if err != nil {
		return err
	}
	worst := 0.0
	for i, l := range want.Losses {
		worst = max(worst, math.Abs(got.Losses[i]-l))
	}
	verdict := "within 1e-4"
	if !(worst <= 1e-4) {
		verdict = "NOT within 1e-4"
	}
	fmt.Fprintf(out, "losses of %d steps against engine go\t%.2g: %s\n", n, worst, verdict)
	return nil
}

func job(out io.Writer, e backend.Engine, iters int) error {
	d, err := data.MNIST()
	if err != nil {
		return err
	}
	n := or(iters, 10000)
	if _, err := learn(e, d, min(n, 10)); err != nil { // start-up: kernels and caches
		return err
	}
	began := time.Now()
	h, err := learn(e, d, n)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "whole job, %d steps, %d evaluations\t%.2f s\n", n, len(h.Epochs)+1, time.Since(began).Seconds())
	fmt.Fprintf(out, "  of it gradient, update and loss\t%.2f s\n", h.Training.Seconds())
	fmt.Fprintf(out, "  of it evaluations\t%.2f s\n", h.Evaluation.Seconds())
	fmt.Fprintf(out, "  accuracy, training and test\t%.4f %.4f\n", h.TrainAcc, h.TestAcc)
	return nil
}

var jobs = []bench.Job{
	bench.Main,
	{Hidden: []int{512}, Batch: 100, DType: tensor.Float32},
	{Hidden: []int{1024}, Batch: 1024, DType: tensor.Float32},
}

var convNets = []bench.Job{
	{Net: "convnet", Batch: 100, DType: tensor.Float32},
	{Net: "simpleconv", Batch: 100, DType: tensor.Float32},
	{Net: "deepconv", Batch: 100, DType: tensor.Float32},
}

func loops(out io.Writer, e backend.Engine, iters int) error {
	looper, ok := e.(backend.Looper)
	if !ok {
		return fmt.Errorf("-what loops: engine %s repeats no program by itself", e.Name())
	}
	d, err := data.MNIST()
	if err != nil {
		return err
	}
	images, err := looper.NewTable(d.Train.Images, d.Train.Pixels())
	if err != nil {
		return err
	}
	defer images.Close()
	labels, err := looper.NewTable(d.Train.Labels, 1)
	if err != nil {
		return err
	}
	defer labels.Close()
	for _, j := range jobs {
		newLoop := func(s *models.Step, block int) (backend.Loop, error) {
			return looper.NewLoop(s.Program().Exec(), j.Batch, block, backend.Feed{Into: s.X.Buffer, Table: images, Encoding: backend.Scaled},
				backend.Feed{Into: s.T.Buffer, Table: labels, Encoding: backend.OneHot})
		}
		if err := timeLoop(out, e, newLoop, d.Train.Len(), j, or(iters, 1000)/10); err != nil {
			return err
		}
	}
	return nil
}

// timeLoop does blocks of steps until the engine has timed all its ways to do them.
func timeLoop(out io.Writer, e backend.Engine, newLoop func(s *models.Step, block int) (backend.Loop, error), images int, j bench.Job, block int) error {
	r, err := bench.NewRunner(e, j)
	if err != nil {
		return err
	}
	defer r.Close()
	step, err := r.Model.Step(j.Batch, models.SGD{})
	if err != nil {
		return err
	}
	defer step.Close()
	if err := step.SetLR(j.Spec().LearningRate()); err != nil {
		return err
	}
	loop, err := newLoop(step, block)
	if err != nil {
		return err
	}
	defer loop.Close()
	idx, losses := make([]int, block*j.Batch), make([]float64, block)
	for i := range idx {
		idx[i] = i * 7919 % images
	}
	for range 20 {
		if err := loop.Run(idx, losses); err != nil {
			return err
		}
	}
	net := title(j)
	l, ok := loop.(interface {
		Ways() []string
		Times() []time.Duration
	})
	if !ok {
		fmt.Fprintf(out, "%s, on drawn batches\tthe engine does not say what its ways take\n", net)
		return nil
	}
	var ways []string
	for i, d := range l.Times() {
		ways = append(ways, fmt.Sprintf("%s %.1f µs a step", l.Ways()[i], microseconds(d)))
	}
	fmt.Fprintf(out, "%s, on drawn batches\t%s\n", net, strings.Join(ways, ", "))
	fmt.Fprintf(out, "Stheno, engine %s, drawn batches\t%s\t-\t%.1f\t-\n", e.Name(), net, microseconds(slices.Min(l.Times())))
	return nil
}

// title is what the peers call a job, too.
func title(j bench.Job) string {
	if j.Net != "" {
		return fmt.Sprintf("%s batch %d", j.Net, j.Batch)
	}
	return fmt.Sprintf("784-%d-10 batch %d", j.Hidden[0], j.Batch)
}

func microseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

func steps(out io.Writer, e backend.Engine, iters int) error {
	for _, j := range jobs {
		if err := timeJob(out, e, j, or(iters, 1000)); err != nil {
			return err
		}
	}
	for _, j := range convNets { // which take longer
		if err := timeJob(out, e, j, max(1, or(iters, 1000)/10)); err != nil {
			return err
		}
	}
	return nil
}

// rounds is odd: the median is one of them.
const rounds = 5

func timeJob(out io.Writer, e backend.Engine, j bench.Job, n int) error {
	r, err := bench.NewRunner(e, j)
	if err != nil {
		return err
	}
	defer r.Close()
	var gate float64
	for range bench.GateSteps {
		if gate, err = r.Step(); err != nil {
			return err
		}
	}
	queue, err := r.Model.Step(j.Batch, models.SGD{}) // on the same parameters and batch
	if err != nil {
		return err
	}
	defer queue.Close()
	if err := queue.SetLR(j.Spec().LearningRate()); err != nil {
		return err
	}
	var synchronised, queued []float64
	for range rounds {
		us, err := timed(n, func() error {
			_, err := r.Work()
			return err
		}, func() {})
		if err != nil {
			return err
		}
		synchronised = append(synchronised, us)
		if us, err = timed(n, queue.Run, func() { queue.Loss() }); err != nil {
			return err
		}
		queued = append(queued, us)
	}
	slices.Sort(synchronised)
	slices.Sort(queued)
	fmt.Fprintf(out, "Stheno, engine %s%s\t%s\t%.1f\t%.1f\t%.6f\n", e.Name(), precision, title(j), synchronised[rounds/2], queued[rounds/2], gate)
	return nil
}

// timed gives the microseconds of one of n calls, the wait after the last included.
func timed(n int, f func() error, wait func()) (float64, error) {
	began := time.Now()
	for range n {
		if err := f(); err != nil {
			return 0, err
		}
	}
	wait()
	return microseconds(time.Since(began)) / float64(n), nil
}

func or(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}
