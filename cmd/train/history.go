package main

import (
	"encoding/csv"
	"io"
	"strconv"

	"github.com/stheno/stheno/train"
)

// writeHistory writes a row for each iteration of the history; accuracies stand where they were taken, those of held-out samples where
// there are some. Numbers have all their digits.
func writeHistory(w io.Writer, h *train.History) error {
	c := csv.NewWriter(w)
	score := scoreName(h.Metric == train.R2)
	columns := []string{"iter", "loss", "train_" + score, "test_" + score, "val_" + score}
	if h.Best == nil {
		columns = columns[:4]
	}
	row := func(iter int, loss float64, scores ...float64) {
		cells := make([]string, len(columns))
		cells[0], cells[1] = strconv.Itoa(iter), number(loss)
		for i := range min(len(scores), len(columns)-2) {
			cells[2+i] = number(scores[i])
		}
		_ = c.Write(cells) // an error stays
	}
	_ = c.Write(columns)
	epochs := h.Epochs
	evaluated := func() {
		e := epochs[0]
		row(e.Iter, e.Loss, e.TrainAcc, e.TestAcc, e.ValAcc)
		epochs = epochs[1:]
	}
	for i, loss := range h.Losses {
		iter := h.LossIter(i)
		for len(epochs) > 0 && epochs[0].Iter < iter { // of a long run, some losses are not there
			evaluated()
		}
		if len(epochs) > 0 && epochs[0].Iter == iter {
			evaluated()
			continue
		}
		row(iter, loss)
	}
	c.Flush()
	return c.Error()
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
