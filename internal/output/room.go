package output

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// CanMake tells whether OpenFolder could make and write to a folder, without a change to anything.
func CanMake(dir string) error {
	for at := filepath.Clean(dir); ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		switch {
		case errors.Is(err, fs.ErrNotExist) && exists(at):
			err = errors.New("a link that leads nowhere")
		case errors.Is(err, fs.ErrNotExist) && at != filepath.Dir(at):
			continue
		case err == nil && !info.IsDir():
			err = syscall.ENOTDIR
		}
		if err != nil {
			return fmt.Errorf("%s: %w: choose a folder that can be made", dir, Cause(err))
		}
		if err := Writable(at); err != nil {
			return fmt.Errorf("%s: %w: choose a folder that can be written to", dir, err)
		}
		return nil
	}
}

// Need is how many bytes a file is going to have.
type Need struct {
	Path  string
	Bytes float64
}

// Room tells whether there is room for files that are to be written, where the system says so: not for more than its disk has. A
// file takes the place of one that is there only when it is whole, so that one gives no room.
func Room(needs ...Need) error {
	total := map[uint64]float64{} // by file system
	for _, n := range needs {
		dir := filepath.Dir(n.Path)
		for !exists(dir) && dir != filepath.Dir(dir) { // it is going to be made
			dir = filepath.Dir(dir)
		}
		free, disk, ok := space(dir)
		if !ok {
			continue
		}
		if total[disk] += n.Bytes; total[disk] > free {
			return fmt.Errorf("%s: %s are to be written there, and %s are free: choose a disk with more room", n.Path, megabytes(total[disk]), megabytes(free))
		}
	}
	return nil
}

func megabytes(n float64) string { return strconv.FormatFloat(n/1e6, 'f', 1, 64) + " MB" }
