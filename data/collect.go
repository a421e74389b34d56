package data

import (
	"errors"
	"fmt"
	"iter"
)

// Collected are samples that came from an iterator, as a Source.
type Collected struct{ records }

// Collect takes all samples of an iterator, inputs and targets of so many finite numbers each, which it may reuse from one to the next. They
// stay in memory up to so many bytes, 8 for each number, and beyond that go to a temporary file; 0 is 128 MiB. Close gives both back.
func Collect(samples iter.Seq2[[]float64, []float64], inputs, outputs int, memory int64) (*Collected, error) {
	if samples == nil || inputs < 1 || outputs < 1 || inputs > mostInputs || outputs > mostInputs {
		return nil, fmt.Errorf("samples of %d inputs and %d targets: an iterator, and from 1 to %d of both are wanted", inputs, outputs, mostInputs)
	}
	o := OpenOptions{Memory: memory}
	c := &Collected{records{layout: layout{width: inputs, bytes: 8, targets: outputs}, inputs: inputs, outputs: outputs, numbers: make([]float64, inputs)}}
	c.store, c.scratch = o.newStore(c.size()), make([]byte, c.size())
	err := c.fill(samples)
	if err == nil {
		err = c.store.finish()
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	c.rows = upTo(c.store.n)
	return c, nil
}

func (c *Collected) fill(samples iter.Seq2[[]float64, []float64]) error {
	record := make([]byte, c.size())
	for x, t := range samples {
		if len(x) != c.inputs || len(t) != c.outputs {
			return fmt.Errorf("sample %d has %d inputs and %d targets: want %d and %d", c.store.n, len(x), len(t), c.inputs, c.outputs)
		}
		for i, v := range x {
			if c.put(record, i, v); !usable(v) {
				return fmt.Errorf("sample %d: input %d is %v: numbers that float32 holds are wanted", c.store.n, i, v)
			}
		}
		for i, v := range t {
			if c.putTarget(record, i, v); !usable(v) {
				return fmt.Errorf("sample %d: target %d is %v: numbers that float32 holds are wanted", c.store.n, i, v)
			}
		}
		if err := c.store.add(record); err != nil {
			return err
		}
	}
	if c.store.n == 0 {
		return errors.New("the iterator has no sample")
	}
	return nil
}

// Close gives the memory, or the temporary file, back. The source is not read after that.
func (c *Collected) Close() error { return c.store.Close() }

// upTo is 0, 1, 2, … n-1.
func upTo(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}
