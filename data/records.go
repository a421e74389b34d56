package data

import (
	"encoding/binary"
	"fmt"
	"math"
)

// layout is how a record holds a sample: raw numbers, then its targets as float64, of classification the number of its class.
type layout struct {
	width   int // raw numbers
	bytes   int // of a raw number: 1, 4 of a float32 or 8 of a float64
	targets int
}

func (l layout) size() int { return l.width*l.bytes + 8*l.targets }

// put writes a raw number of a record.
func (l layout) put(record []byte, i int, v float64) {
	switch l.bytes {
	case 1:
		record[i] = byte(v)
	case 4:
		binary.LittleEndian.PutUint32(record[4*i:], math.Float32bits(float32(v)))
	default:
		binary.LittleEndian.PutUint64(record[8*i:], math.Float64bits(v))
	}
}

func (l layout) putTarget(record []byte, i int, v float64) {
	binary.LittleEndian.PutUint64(record[l.width*l.bytes+8*i:], math.Float64bits(v))
}

// raw reads all raw numbers of a record.
func (l layout) raw(dst []float64, record []byte) {
	switch l.bytes {
	case 1:
		for i := range dst {
			dst[i] = float64(record[i])
		}
	case 4:
		for i := range dst {
			dst[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(record[4*i:])))
		}
	default:
		for i := range dst {
			dst[i] = math.Float64frombits(binary.LittleEndian.Uint64(record[8*i:]))
		}
	}
}

func (l layout) target(record []byte, i int) float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(record[l.width*l.bytes+8*i:]))
}

// records are samples in a store as a Source, as the preprocessing of their set makes inputs of them.
type records struct {
	layout
	store   *store
	rows    []int // of the store
	prep    *Preprocessing
	ranks   [][]int // of a column of categories, the number of each in the preprocessing, -1 if it has none; nil of numbers
	classes []int   // the same of classes; nil of regression
	inputs  int
	outputs int

	scratch []byte
	numbers []float64
}

func (r *records) Len() int     { return len(r.rows) }
func (r *records) Inputs() int  { return r.inputs }
func (r *records) Outputs() int { return r.outputs }

func (r *records) Read32(x, t []float32, rows []int) error { return readRecords(r, x, t, rows) }
func (r *records) Read64(x, t []float64, rows []int) error { return readRecords(r, x, t, rows) }

func readRecords[T Float](r *records, x, t []T, rows []int) error {
	if err := checkRows(r, len(x), len(t), x == nil, t == nil, rows); err != nil {
		return err
	}
	for i, at := range rows {
		record, err := r.store.record(r.rows[at], r.scratch)
		if err != nil {
			return fmt.Errorf("sample %d: %w", at, err)
		}
		if x != nil {
			inputsOf(r, x[i*r.inputs:(i+1)*r.inputs], record)
		}
		if t != nil {
			targetsOf(r, t[i*r.outputs:(i+1)*r.outputs], record)
		}
	}
	return nil
}

// inputsOf takes bytes that are only divided by 255 the quick way.
func inputsOf[T Float](r *records, dst []T, record []byte) {
	if p := r.prep; r.bytes == 1 && p != nil && p.Divisor == 255 && p.Mean == nil {
		normalize(dst, record[:r.width])
		return
	}
	r.raw(r.numbers, record)
	for i, rank := range r.ranks {
		if rank != nil {
			r.numbers[i] = float64(rank[int(r.numbers[i])])
		}
	}
	Apply(r.prep, dst, r.numbers)
}

func targetsOf[T Float](r *records, dst []T, record []byte) {
	if r.classes != nil {
		clear(dst)
		dst[r.classes[int(r.target(record, 0))]] = 1
		return
	}
	for i := range dst {
		dst[i] = T(r.prep.target(i, r.target(record, i)))
	}
}
