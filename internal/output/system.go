package output

import (
	"errors"
	"os"
	"syscall"
)

// Fail is asked before each call of the system that writes: create, write, sync, close, rename, mkdir. What it returns is taken
// for that call's error. Tests set it.
var Fail = func(call, path string) error { return nil }

func try(call, path string, do func() error) error {
	if err := Fail(call, path); err != nil {
		return err
	}
	return do()
}

// fill writes a new file to the disk and closes it. Where that fails the file goes.
func fill(f *os.File, content []byte) (err error) {
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	for _, step := range []struct {
		call string
		do   func() error
	}{
		{"write", func() error { _, err := f.Write(content); return err }},
		{"sync", f.Sync},
		{"close", f.Close},
	} {
		if err := try(step.call, f.Name(), step.do); err != nil {
			return err
		}
	}
	return nil
}

// create makes a file that is not there yet, with the permissions of the one that it is to replace.
func create(path, replaced string) (f *os.File, err error) {
	err = try("create", path, func() (err error) {
		f, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		return err
	})
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(replaced); err == nil {
		_ = f.Chmod(info.Mode().Perm()) // where that cannot be, the content is worth more
	}
	return f, nil
}

func rename(from, to string) error {
	return try("rename", to, func() error { return os.Rename(from, to) })
}

// syncFolder brings the names in a folder to the disk, where the system can.
func syncFolder(dir string) error {
	return try("sync", dir, func() error {
		f, err := os.Open(dir)
		if err != nil {
			return nil // a folder may be written to and not be read
		}
		defer f.Close()
		if err := f.Sync(); errors.Is(err, syscall.EIO) {
			return err
		}
		return nil // not every file system syncs a folder
	})
}
