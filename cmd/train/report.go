package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/graph"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/train"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// reporter prints what happens: the seed's lines, or JSON, and a progress bar on a terminal.
type reporter struct {
	o      *options
	stdout io.Writer
	stderr io.Writer
	bar    *progressbar.ProgressBar
	load   time.Duration
	score  string // acc, or r2 of regression
}

func newReporter(o *options, stdout, stderr io.Writer) *reporter {
	r := &reporter{o: o, stdout: stdout, stderr: stderr, score: "acc"}
	if f, ok := stderr.(*os.File); ok && !o.json && o.iters > 0 && term.IsTerminal(int(f.Fd())) {
		r.bar = progressbar.NewOptions(o.iters, progressbar.OptionSetWriter(f), progressbar.OptionShowIts(),
			progressbar.OptionSetItsString("steps"), progressbar.OptionSetPredictTime(true),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	return r
}

// object prints one JSON line. A number that JSON does not have becomes null.
func (r *reporter) object(fields map[string]any) {
	for k, v := range fields {
		if f, ok := v.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
			fields[k] = nil
		}
	}
	line, err := json.Marshal(fields)
	if err != nil {
		panic(err) // our own bug: the fields are ours
	}
	fmt.Fprintf(r.stdout, "%s\n", line)
}

func (r *reporter) start(e backend.Engine, m *models.Model, d *data.Set, load time.Duration) {
	r.load, r.score = load, scoreName(d.Regression())
	if r.o.json {
		r.object(map[string]any{"event": "start", "backend": e.Name(), "device": e.Device(), "dtype": m.DType.String(),
			"params": m.Net.Size(), "data": d.Name, "model": r.o.model, "hidden": r.o.hidden, "activation": r.o.activation,
			"batchnorm": r.o.batchnorm, "dropout": r.o.dropout, "weight_decay": r.o.decay, "init": r.o.init, "optimizer": r.o.optimizer,
			"task": taskOf(d.Regression()), "train_samples": d.Train.Len(), "test_samples": d.Test.Len(), "input": d.Shape, "classes": d.Classes,
			"batch": r.o.batch, "iters": r.o.iters, "lr": r.o.lr, "seed": r.o.seed})
	} else if data.Bytes(d.Train) == nil { // of MNIST and its kin only the book's lines are printed
		fmt.Fprintln(r.stdout, d)
	}
}

// barEvery is how many steps pass between two looks at the progress bar, which takes a lock and the time.
const barEvery = 64

// events calls begun after the first step, when its state has been kept.
func (r *reporter) events(begun func(), keep func(*train.History)) train.Events {
	return train.Events{Epoch: r.epoch, State: func(h *train.History) {
		keep(h)
		begun()
	}, Step: func(iter int) {
		if r.bar != nil && iter%barEvery == 0 {
			_ = r.bar.Set(iter) // a bar that cannot be drawn is no reason to stop
		}
	}}
}

func (r *reporter) epoch(e train.Epoch) {
	r.clear()
	defer r.o.keeper.epoch(e)
	if r.o.json {
		r.object(map[string]any{"event": "epoch", "iter": e.Iter, "loss": e.Loss, "train_" + r.score: e.TrainAcc, "test_" + r.score: e.TestAcc})
		return
	}
	fmt.Fprintln(r.stdout, r.scores(e.TrainAcc, e.TestAcc, 3))
}

func (r *reporter) clear() {
	if r.bar != nil {
		_ = r.bar.Clear()
	}
}

// scoreName is what the columns of an accuracy, or of R², are called by.
func scoreName(regression bool) string {
	if regression {
		return "r2"
	}
	return "acc"
}

// scores are those of the training and of the test samples.
func (r *reporter) scores(train, test float64, digits int) string {
	return fmt.Sprintf("train_%s: %.*f, test_%s: %.*f", r.score, digits, train, r.score, digits, test)
}

// check tells of a gradient check; moved are parameters that were moved for it.
func (r *reporter) check(rep *graph.Report, moved []string) {
	if r.o.json {
		r.object(map[string]any{"event": "gradcheck", "ok": rep.OK(), "report": rep.Rows, "moved": moved})
		return
	}
	fmt.Fprint(r.stdout, rep)
	if len(moved) > 0 {
		fmt.Fprintf(r.stdout, "  %s moved from 0 to %v times normal numbers, off the kink of relu over blank images\n", strings.Join(moved, ", "), biasStd)
	}
}

func (r *reporter) done(h *train.History) {
	iters := h.Iters
	perIter := math.NaN()
	if iters > 0 {
		perIter = h.Training.Seconds() * 1e3 / float64(iters)
	}
	if r.o.json {
		r.object(map[string]any{"event": "done", "iters": iters, "interrupted": h.Interrupted,
			"train_seconds": h.Training.Seconds(), "eval_seconds": h.Evaluation.Seconds(), "load_seconds": r.load.Seconds(),
			"ms_per_iter": perIter, "final_loss": h.FinalLoss(), "train_" + r.score: h.TrainAcc, "test_" + r.score: h.TestAcc,
			"peak_memory_mb": peakMemoryMB()})
		return
	}
	if h.Interrupted {
		fmt.Fprintf(r.stdout, "interrupted after %d of %d iterations\n", iters, r.o.iters)
	}
	if iters == 0 {
		fmt.Fprintln(r.stdout, r.scores(h.TrainAcc, h.TestAcc, 4))
		return
	}
	scores := ""
	if !h.Interrupted { // then they were not taken
		scores = r.scores(h.TrainAcc, h.TestAcc, 4) + ", "
	}
	fmt.Fprintf(r.stdout, "loss: %.4f, %s%.2f s training + %.2f s evaluation, %.4f ms an iteration\n",
		h.FinalLoss(), scores, h.Training.Seconds(), h.Evaluation.Seconds(), perIter)
}
