package data

import (
	"bufio"
	"fmt"
	"os"
)

// store keeps records of one size by their numbers: in memory up to a limit, and beyond it all of them in a temporary file.
type store struct {
	size   int   // of a record, in bytes
	limit  int64 // bytes that stay in memory
	n      int
	blocks [][]byte // some records each; nil once there is a file
	file   *os.File
	writer *bufio.Writer           // nil once the file is whole
	named  func(path string) error // is called while a new file has its name; may be nil
}

const blockSize = 1 << 20 // bytes of records that are set aside at once

// newStore is one that the options say the limit of, and who else opens its file.
func (o *OpenOptions) newStore(size int) *store {
	s := &store{size: size, limit: o.memory()}
	if rank, of := o.machine(); of > 1 && rank == 0 {
		s.named = o.showFile
	}
	return s
}

// add appends a record.
func (s *store) add(record []byte) error {
	if s.file == nil && int64(s.n+1)*int64(s.size) > s.limit {
		if err := s.spill(); err != nil {
			return err
		}
	}
	s.n++
	if s.file != nil {
		if _, err := s.writer.Write(record); err != nil {
			return s.noRoom(err)
		}
		return nil
	}
	each := s.each()
	if (s.n-1)%each == 0 {
		room := each
		if len(s.blocks) == 0 { // of few records: it grows
			room = 1
		}
		s.blocks = append(s.blocks, make([]byte, 0, room*s.size))
	}
	last := &s.blocks[len(s.blocks)-1]
	*last = append(*last, record...)
	return nil
}

// each is how many records a block has.
func (s *store) each() int { return max(1, blockSize/s.size) }

// spill moves all records to a file. Where the system lets it, the file has no name from then on, and goes with the process.
func (s *store) spill() (err error) {
	if s.file, err = os.CreateTemp("", "stheno-*"); err != nil {
		return s.noRoom(err)
	}
	if s.named != nil {
		err = s.named(s.file.Name())
	}
	_ = os.Remove(s.file.Name()) // Close tries again
	if err != nil {
		return err
	}
	s.writer = bufio.NewWriterSize(s.file, blockSize)
	for _, b := range s.blocks {
		if _, err := s.writer.Write(b); err != nil {
			return s.noRoom(err)
		}
	}
	s.blocks = nil
	return nil
}

// finish is called when all records are there.
func (s *store) finish() error {
	if s.writer == nil {
		return nil
	}
	err := s.writer.Flush()
	s.writer = nil
	if err != nil {
		return s.noRoom(err)
	}
	return nil
}

func (s *store) noRoom(err error) error {
	return fmt.Errorf("more than %d bytes of samples go to a temporary file: %w: set TMPDIR to a folder with more room", s.limit, err)
}

// makeRoom makes the memory of n records, in the blocks that add would make.
func (s *store) makeRoom() {
	if s.file != nil {
		return
	}
	for left, each := s.n, s.each(); left > 0; left -= each {
		s.blocks = append(s.blocks, make([]byte, min(each, left)*s.size))
	}
}

// record is the i-th one: the store's own memory, or scratch, which has room for one.
func (s *store) record(i int, scratch []byte) ([]byte, error) {
	if s.file != nil {
		scratch = scratch[:s.size]
		_, err := s.file.ReadAt(scratch, int64(i)*int64(s.size))
		return scratch, err
	}
	each := s.each()
	block, at := s.blocks[i/each], i%each*s.size
	return block[at : at+s.size], nil
}

// Close gives all memory and the file back.
func (s *store) Close() error {
	s.blocks = nil
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	_ = os.Remove(s.file.Name())
	return err
}
