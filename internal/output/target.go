package output

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Target is the file that WriteFile writes for this name: where its symbolic links lead to, also if there is none yet. A
// file that may not be written to is an error, and so is what is no ordinary file, such as a folder or a device.
func Target(path string) (string, error) {
	target, err := follow(path)
	if err != nil {
		return "", notWritten(path, err)
	}
	info, err := os.Stat(target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return target, nil
	case err != nil:
		return "", notWritten(path, err)
	case !info.Mode().IsRegular(): // not opened: a named pipe would wait for its reader
		return "", fmt.Errorf("%s: %s, not an ordinary file; choose another name", path, nameOf(info.Mode()))
	}
	f, err := os.OpenFile(target, os.O_WRONLY, 0)
	if err != nil {
		return "", fmt.Errorf("%s: it is there and may not be written to: %w; choose another name", path, Cause(err))
	}
	return target, f.Close()
}

func notWritten(path string, err error) error {
	return fmt.Errorf("%s: not written: %w; choose a folder that exists, may be written to and has room", path, Cause(err))
}

// mostLinks is how many symbolic links in a row are followed, as on Linux.
const mostLinks = 40

// follow is filepath.EvalSymlinks of a name whose file need not be there; its folder must be.
func follow(path string) (string, error) {
	for range mostLinks {
		folder, name := filepath.Split(path)
		folder, err := filepath.EvalSymlinks(cmp.Or(folder, "."))
		if err != nil {
			return "", err
		}
		path = filepath.Join(folder, name)
		to, err := os.Readlink(path)
		if err != nil {
			return path, nil // no link: a file, or nothing
		}
		if path = to; !filepath.IsAbs(to) {
			path = folder + string(filepath.Separator) + to // not cleaned: its folders may be links too
		}
	}
	return "", syscall.ELOOP
}

// nameOf is what a file is that is no ordinary one.
func nameOf(mode fs.FileMode) string {
	for _, s := range []struct {
		bit  fs.FileMode
		name string
	}{
		{fs.ModeDir, "a folder"},
		{fs.ModeNamedPipe, "a named pipe"},
		{fs.ModeSocket, "a socket"},
		{fs.ModeDevice, "a device"},
	} {
		if mode&s.bit != 0 {
			return s.name
		}
	}
	return "something else"
}

// Cause is what the system said, without the name of the file: the message around it has one, and the file may be a temporary one.
func Cause(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
