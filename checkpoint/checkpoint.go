// Package checkpoint keeps the parameters of a network in safetensors files, the format of Hugging Face that every
// framework reads: https://github.com/huggingface/safetensors.
//
// A file is written whole or not at all, and the same tensors always give the same bytes. A file that is read is not
// trusted: whatever does not follow the format to the letter is an error, but for metadata that are null, which are none. A
// header may have 16,000,000 bytes, of the 100,000,000 that the format allows, 50,000 tensors and as many lines of metadata:
// reading it takes less than 64 MB beside the file and the tensors' numbers.
//
// The codec is our own because the one for Go, github.com/nlpodyssey/safetensors, takes tensors, fields and metadata that
// come twice, which the format forbids, and cannot hold a single number (no dimensions). It is the other witness in the
// tests.
package checkpoint

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/stheno/stheno/internal/output"
)

// A Tensor is a named array, the last dimension running fastest.
type Tensor struct {
	Name  string // valid UTF-8, not "__metadata__"
	Shape []int  // empty for a single number
	Data  any    // []float32, []float64 or []int64, as long as the product of Shape
}

// Save writes tensors and metadata to a file, replacing one that is there. If it fails, the old file is as it was.
// The metadata may be nil.
func Save(path string, ts []Tensor, meta map[string]string) error {
	content, err := Encode(ts, meta)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return output.WriteFile(path, content)
}

// Load reads the tensors of a file, in the order of their data, and its metadata, nil if it has none. What is of another kind is not
// read but for its start, and what there is no memory for but for its header.
func Load(path string) ([]Tensor, map[string]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, unreadable(path, err)
	}
	defer f.Close()
	ts, meta, err := load(f)
	var reading *fs.PathError
	switch {
	case errors.As(err, &reading):
		return nil, nil, unreadable(path, err)
	case err != nil:
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return ts, meta, nil
}

func unreadable(path string, err error) error {
	return fmt.Errorf("%s: %w; name a file that can be read", path, output.Cause(err))
}

// load reads a file from its start, once: it may be a pipe.
func load(f *os.File) ([]Tensor, map[string]string, error) {
	head, err := io.ReadAll(io.LimitReader(f, headSize))
	if err != nil {
		return nil, nil, err
	}
	if err := foreign(head); err != nil {
		return nil, nil, err
	}
	n, err := headerSize(head)
	if err != nil {
		return nil, nil, err
	}
	rest, size := io.MultiReader(bytes.NewReader(head[8:]), f), unknown
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		size = info.Size() - 8 - int64(n)
	}
	header := make([]byte, n)
	switch has, err := io.ReadFull(rest, header); {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, nil, shortHeader(n, has)
	case err != nil:
		return nil, nil, err
	}
	return decode(header, rest, size)
}
