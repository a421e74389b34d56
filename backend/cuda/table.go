package cuda

import (
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/cuda/emit"
	"github.com/stheno/stheno/backend/cuda/internal/driver"
)

// table is rows of bytes in the GPU's memory.
type table struct {
	e           *Engine
	at          driver.Memory
	rows, width int
	largest     byte
}

// NewTable copies rows of `width` bytes each to the GPU.
func (e *Engine) NewTable(data []byte, width int) (backend.Table, error) {
	if width < 1 || len(data) == 0 || len(data)%width != 0 {
		return nil, fmt.Errorf("cuda: a table of %d bytes in rows of %d: it must have whole rows, and at least one", len(data), width)
	}
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	t := &table{e: e, rows: len(data) / width, width: width, largest: slices.Max(data)}
	var err error
	if t.at, err = e.alloc(len(data)); err != nil {
		return nil, err
	}
	if err := e.driver.Upload(t.at, unsafe.Pointer(unsafe.SliceData(data)), len(data), e.stream); err != nil {
		_ = e.free(t.at) // the first error is the one to report
		return nil, explain("copy a table to the GPU", err)
	}
	return t, nil
}

// Close frees the table.
func (t *table) Close() {
	if t.e.enter() != nil {
		return // the engine is closed and took it with it
	}
	defer t.e.leave()
	_ = t.e.free(t.at) // what the driver has against it, it says to the next call as well
	t.at = 0
}

// feed is a feed whose parts are the engine's own.
type feed struct {
	into  *buffer
	table *table
	emit.Feed
}

// ownFeeds checks feeds for loops of `rows` rows a run and numbers of one type.
func (e *Engine) ownFeeds(x *exec, rows int, feeds []backend.Feed) ([]feed, error) {
	if len(feeds) == 0 {
		return nil, errors.New("cuda: a loop needs a feed: give it one for each input that changes from run to run")
	}
	own := make([]feed, len(feeds))
	for i, f := range feeds {
		into, _ := f.Into.(*buffer)
		t, _ := f.Table.(*table)
		if into == nil || t == nil || into.e != e || t.e != e {
			return nil, fmt.Errorf("cuda: feed %d: it needs a buffer and a table of the engine", i)
		}
		if dt := x.unit.Program.DType; into.dt != dt {
			return nil, fmt.Errorf("cuda: feed %d: the buffer is %v, the program %v", i, into.dt, dt)
		}
		bytes := rows * t.width
		columns := into.n / bytes
		if into.n == 0 || into.n%bytes != 0 || f.Encoding == backend.Scaled && columns != 1 {
			return nil, fmt.Errorf("cuda: feed %d: the buffer has %d elements for %d bytes a run", i, into.n, bytes)
		}
		if f.Encoding == backend.OneHot && int(t.largest) >= columns {
			return nil, fmt.Errorf("cuda: feed %d: the table has the byte %d, the buffer columns for 0 to %d", i, t.largest, columns-1)
		}
		own[i] = feed{into, t, emit.Feed{Name: x.inputAt(into.at), Width: t.width, Columns: columns, Encoding: f.Encoding}}
	}
	return own, nil
}

// inputAt is the input that has its memory there, or empty.
func (x *exec) inputAt(at driver.Memory) string {
	for name, b := range x.inputs() {
		if b.(*buffer).at == at {
			return name
		}
	}
	return ""
}
