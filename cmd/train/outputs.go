package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/stheno/stheno/figures"
	"github.com/stheno/stheno/internal/command"
	"github.com/stheno/stheno/internal/output"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/train"
)

// commandName is that of the flags, and of the set that -out writes.
const commandName = "train"

// modelFile is the name of the parameters in the folder of -out.
const modelFile = "model.safetensors"

// outFile is a file of -out.
type outFile struct {
	name string
	has  func(s *state) bool // what it shows
	fill func(w io.Writer, s *state) error
}

var outFiles = []outFile{
	{modelFile, func(*state) bool { return true }, func(w io.Writer, s *state) error {
		if s.failed != nil {
			return s.failed
		}
		_, err := w.Write(s.model)
		return err
	}},
	{"history.csv", trained, func(w io.Writer, s *state) error { return writeHistory(w, &s.history) }},
	{"loss.png", drawn, func(w io.Writer, s *state) error {
		return figures.Loss(w, "png", s.history.Losses, s.history.LossIters...)
	}},
	{"accuracy.png", func(s *state) bool { return evaluated(s) && !regression(s) }, func(w io.Writer, s *state) error {
		return figures.Accuracy(w, "png", column(&s.history, trainAcc), column(&s.history, testAcc), column(&s.history, epochNumber)...)
	}},
	{"r2.png", func(s *state) bool { return evaluated(s) && regression(s) }, func(w io.Writer, s *state) error {
		return figures.R2(w, "png", column(&s.history, trainAcc), column(&s.history, testAcc), column(&s.history, epochNumber)...)
	}},
}

func trained(s *state) bool    { return len(s.history.Losses) > 0 }
func drawn(s *state) bool      { return trained(s) && !s.hurried }
func evaluated(s *state) bool  { return drawn(s) && len(s.history.Epochs) > 0 }
func regression(s *state) bool { return s.history.Metric == train.R2 }

// outPaths are the files that -out names, with the one that tells of the others.
func (o *options) outPaths() (paths []string) {
	for _, f := range outFiles {
		paths = append(paths, filepath.Join(o.out, f.name))
	}
	return append(paths, filepath.Join(o.out, output.Manifest(commandName)))
}

// prepareOutputs makes sure, before any work is done, that what is asked for can be written. A folder that is there is taken; else
// it is made when there is something to train.
func (o *options) prepareOutputs(stderr io.Writer) error {
	if o.out != "" {
		if err := output.CanMake(o.out); err != nil {
			return fmt.Errorf("-out %w", err)
		}
		if _, err := os.Stat(o.out); err == nil {
			if err := o.takeFolder(stderr); err != nil {
				return err
			}
		}
	}
	if o.save == "" {
		return nil
	}
	return o.prepareSave()
}

func (o *options) prepareSave() error {
	dir := filepath.Dir(o.save)
	_, missing := os.Stat(dir)
	switch {
	case o.out == "":
	case slices.ContainsFunc(o.outPaths(), func(path string) bool { return sameFile(path, o.save) }):
		return fmt.Errorf("-save %s: -out %s writes this file too: choose another name", o.save, o.out)
	case o.makesFolder(o.save):
		return fmt.Errorf("-save %s: -out %s needs a folder of this name: choose another name", o.save, o.out)
	case errors.Is(missing, fs.ErrNotExist) && o.makesFolder(dir):
		return nil
	}
	return canWrite("save", o.save)
}

// takeFolder makes the folder of -out, where it is not there, and has it for this run until it is closed.
func (o *options) takeFolder(stderr io.Writer) (err error) {
	if o.out == "" || o.folder != nil {
		return nil
	}
	if o.folder, err = output.OpenFolder(commandName, "out", o.out); err != nil {
		return err
	}
	if o.folder.Finished {
		command.Tell(stderr, commandName, fmt.Errorf("-out %s: an earlier run was cut off as it put its files there: that is done now", o.out))
	}
	for _, path := range o.outPaths() {
		if err := canWrite("out", path); err != nil {
			return err
		}
	}
	return nil
}

// makesFolder reports whether a folder is that of -out, or one around it.
func (o *options) makesFolder(dir string) bool {
	inside, err := filepath.Rel(dir, o.out)
	return err == nil && filepath.IsLocal(inside)
}

// sameFile reports whether two names lead to one file, which need not be there.
func sameFile(a, b string) bool {
	for _, name := range []*string{&a, &b} {
		if target, err := output.Target(*name); err == nil {
			*name = target
		}
		if absolute, err := filepath.Abs(*name); err == nil {
			*name = absolute
		}
	}
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return a == b || errX == nil && errY == nil && os.SameFile(x, y)
}

// canWrite tells whether a file can be written, without a change to it.
func canWrite(flag, path string) error {
	target, err := output.Target(path)
	if err != nil {
		return fmt.Errorf("-%s %w", flag, err)
	}
	if err := output.Writable(filepath.Dir(target)); err != nil {
		return fmt.Errorf("-%s %s: %w: choose a file in a folder that can be written to", flag, path, err)
	}
	return nil
}

// room is what tests replace.
var room = output.Room

// checkRoom makes sure that the files of the model have room where they go. The others are small.
func (o *options) checkRoom(m *models.Model) error {
	var needs []output.Need
	for _, f := range []struct{ flag, given, path string }{
		{"save", o.save, o.save}, {"out", o.out, filepath.Join(o.out, modelFile)},
	} {
		if f.given == "" {
			continue
		}
		needs = append(needs, output.Need{Path: f.path, Bytes: float64(m.Net.Size()) * float64(m.DType.Size())})
		if err := room(needs...); err != nil {
			return fmt.Errorf("-%s %w", f.flag, err)
		}
	}
	return nil
}

// writeOutputs writes everything, each file whole or not at all, those of -out as one set. One that cannot be written does not stop
// the others: each has an error of its own.
func (o *options) writeOutputs(s *state) error {
	var failed []error
	if o.save != "" {
		failed = append(failed, o.writeModel(s))
	}
	if o.out != "" {
		var set []output.File
		for _, f := range outFiles {
			if f.has(s) {
				set = append(set, output.File{Name: f.name, Fill: func(w io.Writer) error { return f.fill(w, s) }})
			}
		}
		failed = append(failed, o.folder.Write(set...))
	}
	return errors.Join(failed...)
}

func (o *options) writeModel(s *state) error {
	if s.failed != nil {
		return fmt.Errorf("-save %s: not written: %w", o.save, s.failed)
	}
	if err := output.WriteFile(o.save, s.model); err != nil {
		return fmt.Errorf("-save %w", err)
	}
	return nil
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
	score := scoreName(h.Metric == train.R2)
	_ = c.Write([]string{"iter", "loss", "train_" + score, "test_" + score}) // an error stays
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
