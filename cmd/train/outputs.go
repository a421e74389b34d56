package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"

	"github.com/stheno/stheno/checkpoint"
	"github.com/stheno/stheno/figures"
	"github.com/stheno/stheno/internal/command"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/train"
)

// modelFile is the name of the parameters in the folder of -out.
const modelFile = "model.safetensors"

// outFile is a file of -out that tells of a training.
type outFile struct {
	name string
	draw func(w io.Writer, h *train.History) error
}

var outFiles = []outFile{
	{"history.csv", writeHistory},
	{"loss.png", func(w io.Writer, h *train.History) error { return figures.Loss(w, "png", h.Losses, h.LossIters...) }},
	{"accuracy.png", func(w io.Writer, h *train.History) error {
		return figures.Accuracy(w, "png", column(h, trainAcc), column(h, testAcc), column(h, epochNumber)...)
	}},
}

// prepareOutputs makes sure, before any work is done, that what is asked for can be written.
func (o *options) prepareOutputs() error {
	if o.out != "" {
		if err := command.MakeFolder("out", o.out); err != nil {
			return err
		}
		for _, f := range append([]outFile{{name: modelFile}}, outFiles...) {
			if err := canWrite("out", filepath.Join(o.out, f.name)); err != nil {
				return err
			}
		}
	}
	if o.save == "" {
		return nil
	}
	return canWrite("save", o.save)
}

// canWrite tells whether a file can be written, without a change to it.
func canWrite(flag, path string) error {
	target, err := checkpoint.Target(path)
	if err != nil {
		return fmt.Errorf("-%s %w", flag, err)
	}
	if err := command.Writable(filepath.Dir(target)); err != nil {
		return fmt.Errorf("-%s %s: %w: choose a file in a folder that can be written to", flag, path, err)
	}
	return nil
}

// writeOutputs writes everything, each file whole or not at all. One that cannot be written does not stop the others: the error
// has a line for each.
func (o *options) writeOutputs(m *models.Model, h *train.History) error {
	var failed []error
	tell := func(flag string, err error) {
		if err != nil {
			failed = append(failed, fmt.Errorf("-%s %w", flag, err))
		}
	}
	if o.save != "" {
		tell("save", train.Save(o.save, m))
	}
	if o.out == "" {
		return errors.Join(failed...)
	}
	tell("out", train.Save(filepath.Join(o.out, modelFile), m))
	if len(h.Losses) > 0 { // else nothing was trained: there is no history to write or to draw
		for _, f := range outFiles {
			tell("out", f.write(o.out, h))
		}
	}
	return errors.Join(failed...)
}

func (f outFile) write(dir string, h *train.History) error {
	path := filepath.Join(dir, f.name)
	var content bytes.Buffer
	if err := f.draw(&content, h); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return checkpoint.WriteFile(path, content.Bytes())
}

func trainAcc(e train.Epoch) float64 { return e.TrainAcc }
func testAcc(e train.Epoch) float64  { return e.TestAcc }
func epochNumber(e train.Epoch) int  { return e.N }

func column[T any](h *train.History, of func(train.Epoch) T) []T {
	out := make([]T, len(h.Epochs))
	for i, e := range h.Epochs {
		out[i] = of(e)
	}
	return out
}

// writeHistory writes a row for each iteration of the history; accuracies stand where they were taken. Numbers have all their digits.
func writeHistory(w io.Writer, h *train.History) error {
	c := csv.NewWriter(w)
	_ = c.Write([]string{"iter", "loss", "train_acc", "test_acc"}) // an error stays
	epochs := h.Epochs
	for i, loss := range h.Losses {
		iter := h.LossIter(i)
		for ; len(epochs) > 0 && epochs[0].Iter < iter; epochs = epochs[1:] { // of a long run, some losses are not there
			_ = c.Write(epochRow(epochs[0]))
		}
		if len(epochs) > 0 && epochs[0].Iter == iter {
			_ = c.Write(epochRow(epochs[0]))
			epochs = epochs[1:]
			continue
		}
		_ = c.Write([]string{strconv.Itoa(iter), number(loss), "", ""})
	}
	c.Flush()
	return c.Error()
}

func epochRow(e train.Epoch) []string {
	return []string{strconv.Itoa(e.Iter), number(e.Loss), number(e.TrainAcc), number(e.TestAcc)}
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
