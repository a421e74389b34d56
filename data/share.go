package data

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"os"
)

// Sharing is the processes of one machine that open the same data with the same options at the same time: the first of them reads, and the
// others get what it has read. A group of package dist is one.
type Sharing interface {
	// Machine is this process's number among those of its machine, and how many they are.
	Machine() (rank, size int)
	// BroadcastHere gives x of one of them to all: the same length everywhere.
	BroadcastHere(x []byte, from int) error
}

// SharedError is why the process that reads for this one could not. That one has the same error, and tells it.
type SharedError struct{ Text string }

func (e *SharedError) Error() string { return e.Text }

// unheard is an error of a broadcast: the others are not where this process is, and hear no more.
type unheard struct{ error }

func (e *unheard) Unwrap() error { return e.error }

// message is what the process that reads tells the others: that there is a temporary file, where it needs one, and then how it ended.
type message struct {
	File    string // which they open before it loses its name
	Failure string
	Samples *sharedSamples
	Images  *sharedImages
}

// sharedSamples are samples without their records.
type sharedSamples struct {
	Width, Bytes, Targets int
	Train, N              int
	InFile                bool
	Shape                 []int
	Columns               []string
	Values                [][]string // of each dictionary; empty of numbers
	Classes               []string
	Label                 string
	TargetNames           []string
	Divisor               float64
}

// sharedImages are a Dataset without its bytes.
type sharedImages struct{ Rows, Cols, Classes, Train, Test int }

// machine is that of Share; alone without.
func (o *OpenOptions) machine() (rank, size int) {
	if o.Share == nil {
		return 0, 1
	}
	return o.Share.Machine()
}

// content reads what a path names, or gets it from the process that reads for this one.
func (o *OpenOptions) content(path string) (*content, error) {
	switch rank, size := o.machine(); {
	case size == 1:
		return o.read(path)
	case rank == 0:
		return o.readForAll(path)
	}
	return o.receive(path)
}

// readForAll reads, and gives the others what it has read, or why it could not.
func (o *OpenOptions) readForAll(path string) (*content, error) {
	c, err := o.read(path)
	if err != nil {
		var lost *unheard
		if !errors.As(err, &lost) {
			_ = o.tell(&message{Failure: err.Error()}) // where that fails too, the first error says more
		}
		return nil, err
	}
	if err := o.give(c); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// give gives the others what was read: the records of a temporary file they have.
func (o *OpenOptions) give(c *content) error {
	if err := o.tell(c.message()); err != nil {
		return err
	}
	return o.broadcast(0, c.pieces()...)
}

// showFile has the others open a file, and returns when they have.
func (o *OpenOptions) showFile(path string) error {
	if err := o.tell(&message{File: path}); err != nil {
		return err
	}
	return o.meet()
}

// receive gets what the first process reads. Where that is in a file that this process does not see, as in a container with a TMPDIR of its
// own, it reads for itself.
func (o *OpenOptions) receive(path string) (*content, error) {
	var file *os.File
	m, err := o.listen()
	if err == nil && m.File != "" {
		file, _ = os.Open(m.File) // nil where it is not seen
		if err = o.meet(); err == nil {
			m, err = o.listen()
		}
	}
	if err == nil && m.Failure != "" {
		err = &SharedError{m.Failure}
	}
	if err != nil {
		(&store{file: file}).Close()
		return nil, err
	}
	if m.Samples != nil && m.Samples.InFile && file == nil {
		return o.read(path)
	}
	c := m.content(path, file)
	if err := o.broadcast(0, c.pieces()...); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// meet returns when all but the first process have called it: each tells so.
func (o *OpenOptions) meet() error {
	_, size := o.machine()
	for from := 1; from < size; from++ {
		if err := o.broadcast(from, make([]byte, 1)); err != nil {
			return err
		}
	}
	return nil
}

func (o *OpenOptions) broadcast(from int, pieces ...[]byte) error {
	for _, p := range pieces {
		if err := o.Share.BroadcastHere(p, from); err != nil {
			return &unheard{err}
		}
	}
	return nil
}

// tell sends a message with its length. Its form is gob, which leaves a name of any bytes as it is; JSON would not.
func (o *OpenOptions) tell(m *message) error {
	var text bytes.Buffer
	text.Write(make([]byte, 8))
	if err := gob.NewEncoder(&text).Encode(m); err != nil {
		return err
	}
	length, rest := text.Bytes()[:8], text.Bytes()[8:]
	binary.LittleEndian.PutUint64(length, uint64(len(rest)))
	return o.broadcast(0, length, rest)
}

// listen gets a message.
func (o *OpenOptions) listen() (*message, error) {
	length := make([]byte, 8)
	if err := o.broadcast(0, length); err != nil {
		return nil, err
	}
	text, m := make([]byte, binary.LittleEndian.Uint64(length)), new(message)
	if err := o.broadcast(0, text); err != nil {
		return nil, err
	}
	return m, gob.NewDecoder(bytes.NewReader(text)).Decode(m)
}

// message says what was read.
func (c *content) message() *message {
	if d := c.images; d != nil {
		return &message{Images: &sharedImages{d.Rows, d.Cols, d.Classes, d.Train.Len(), d.Test.Len()}}
	}
	s := c.samples
	m := &sharedSamples{Width: s.width, Bytes: s.bytes, Targets: s.layout.targets, Train: s.train, N: s.store.n, InFile: s.store.file != nil,
		Shape: s.shape, Columns: s.columns, Label: s.label, TargetNames: s.targets, Divisor: s.divisor}
	for _, d := range s.values {
		m.Values = append(m.Values, nil)
		if d != nil {
			m.Values[len(m.Values)-1] = d.values
		}
	}
	if s.classes != nil {
		m.Classes = s.classes.values
	}
	return &message{Samples: m}
}

// content is what a message says was read of a path, with room for what is still to come.
func (m *message) content(path string, file *os.File) *content {
	if d := m.Images; d != nil {
		split := func(n int) Split { return Split{make([]byte, n*d.Rows*d.Cols), make([]byte, n)} }
		return &content{images: &Dataset{Name: path, Train: split(d.Train), Test: split(d.Test), Rows: d.Rows, Cols: d.Cols, Classes: d.Classes}}
	}
	h := m.Samples
	s := &samples{layout: layout{h.Width, h.Bytes, h.Targets}, train: h.Train, shape: h.Shape, columns: h.Columns,
		classes: dictionaryOf(h.Classes), label: h.Label, targets: h.TargetNames, divisor: h.Divisor}
	for _, v := range h.Values {
		s.values = append(s.values, dictionaryOf(v))
	}
	s.store = &store{size: s.size(), n: h.N, file: file}
	s.store.makeRoom()
	return &content{samples: s}
}

// pieces are the bytes that go from memory to memory.
func (c *content) pieces() [][]byte {
	if d := c.images; d != nil {
		return [][]byte{d.Train.Images, d.Train.Labels, d.Test.Images, d.Test.Labels}
	}
	return c.samples.store.blocks
}
