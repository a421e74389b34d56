package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/stheno/stheno/checkpoint"
	"github.com/stheno/stheno/figures"
	"github.com/stheno/stheno/internal/command"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/train"
)

// prepareOutputs makes sure, before any work is done, that what is asked for can be written.
func (o *options) prepareOutputs() error {
	if o.out != "" {
		if err := command.MakeFolder("out", o.out); err != nil {
			return err
		}
	}
	if o.save != "" {
		if err := command.Writable(filepath.Dir(o.save)); err != nil {
			return fmt.Errorf("-save %s: %w: choose a file in a folder that can be written to", o.save, err)
		}
		if info, err := os.Stat(o.save); err == nil && !info.Mode().IsRegular() {
			return fmt.Errorf("-save %s: it is there and no ordinary file: choose another name", o.save)
		}
	}
	return nil
}

// writeOutputs writes everything, each file whole or not at all.
func (o *options) writeOutputs(m *models.Model, h *train.History) error {
	if o.save != "" {
		if err := train.Save(o.save, m); err != nil {
			return fmt.Errorf("-save: %w", err)
		}
	}
	if o.out == "" {
		return nil
	}
	if err := train.Save(filepath.Join(o.out, "model.safetensors"), m); err != nil {
		return fmt.Errorf("-out: %w", err)
	}
	files := []struct {
		name string
		draw func(io.Writer) error
	}{
		{"history.csv", func(w io.Writer) error { return writeHistory(w, h) }},
		{"loss.png", func(w io.Writer) error { return figures.Loss(w, "png", h.Losses) }},
		{"accuracy.png", func(w io.Writer) error { return figures.Accuracy(w, "png", column(h, trainAcc), column(h, testAcc)) }},
	}
	for _, f := range files {
		if len(h.Losses) == 0 {
			break // nothing was trained: there is no history to write or to draw
		}
		var content bytes.Buffer
		if err := f.draw(&content); err != nil {
			return fmt.Errorf("-out: %s: %w", f.name, err)
		}
		if err := checkpoint.WriteFile(filepath.Join(o.out, f.name), content.Bytes()); err != nil {
			return fmt.Errorf("-out: %w", err)
		}
	}
	return nil
}

func trainAcc(e train.Epoch) float64 { return e.TrainAcc }
func testAcc(e train.Epoch) float64  { return e.TestAcc }

func column(h *train.History, of func(train.Epoch) float64) []float64 {
	out := make([]float64, len(h.Epochs))
	for i, e := range h.Epochs {
		out[i] = of(e)
	}
	return out
}

// writeHistory writes a row for each iteration; accuracies stand where they were taken. Numbers have all their digits.
func writeHistory(w io.Writer, h *train.History) error {
	c := csv.NewWriter(w)
	if err := c.Write([]string{"iter", "loss", "train_acc", "test_acc"}); err != nil {
		return err
	}
	epochs := h.Epochs
	for i, loss := range h.Losses {
		row := []string{strconv.Itoa(i), number(loss), "", ""}
		if len(epochs) > 0 && epochs[0].Iter == i {
			row[2], row[3] = number(epochs[0].TrainAcc), number(epochs[0].TestAcc)
			epochs = epochs[1:]
		}
		if err := c.Write(row); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
