package onnx

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/stheno/stheno/internal/memory"
	"github.com/stheno/stheno/internal/output"
)

// external reads numbers that lie in other files of the model's folder, as torch.onnx.export writes them. What a model names cannot lead out
// of that folder: it is an os.Root.
type external struct{ folder string }

var errElsewhere = errors.New("its numbers are in another file (external data), and there is no folder to look in: Load the model's file, or save the model as one")

// numbers are so many bytes of a tensor's.
func (e *external) numbers(t *tensorProto, n int) ([]byte, error) {
	if e == nil {
		return nil, errElsewhere
	}
	location, offset, length := "", int64(0), int64(n)
	for _, entry := range t.external {
		var err error
		switch entry.key {
		case "location":
			location = entry.value
		case "offset":
			offset, err = strconv.ParseInt(entry.value, 10, 64)
		case "length":
			length, err = strconv.ParseInt(entry.value, 10, 64)
		}
		if err != nil || offset < 0 {
			return nil, fmt.Errorf("its numbers are in another file at the %s %.40q, which is no place", entry.key, entry.value)
		}
	}
	if length != int64(n) {
		return nil, fmt.Errorf("its numbers are %d bytes of the file %.80q, and its shape has %d", length, location, n)
	}
	b, err := e.read(location, offset, n)
	if err != nil {
		return nil, fmt.Errorf("its numbers, in the file %.80q beside the model: %w", location, output.Cause(err))
	}
	return b, nil
}

func (e *external) read(location string, offset int64, n int) ([]byte, error) {
	root, err := os.OpenRoot(e.folder)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	info, err := root.Stat(filepath.FromSlash(location))
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("no file of bytes")
	case info.Size()-offset < int64(n):
		return nil, fmt.Errorf("it has %d bytes, and %d are wanted behind the first %d: take the one that was saved with the model", info.Size(), n, offset)
	}
	if err := memory.Fits(2 * float64(n)); err != nil {
		return nil, err
	}
	f, err := root.Open(filepath.FromSlash(location))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, n)
	_, err = io.ReadFull(io.NewSectionReader(f, offset, int64(n)), b)
	return b, err
}
