// Package output writes what a command leaves behind: a file is written whole or not at all, and so are the files of one run in a
// folder, which a run has to itself.
//
// What is written first goes to the disk under a name that begins with a dot, and then takes its own. A process that is killed
// before may leave such a file; the next one to write there removes it.
package output

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// WriteFile writes a file whole or not at all: the content goes to a temporary file in its folder, to the disk, and then takes the
// name. A file that was there keeps its permissions. What Target refuses is an error.
func WriteFile(path string, content []byte) error {
	target, err := Target(path) // the rename would replace a symbolic link, not the file it leads to
	if err != nil {
		return err
	}
	if err := replace(target, content); err != nil {
		return notWritten(path, err)
	}
	return nil
}

// replace is WriteFile without its checks.
func replace(target string, content []byte) error {
	dir := filepath.Dir(target)
	sweep(dir)
	f, unlock, err := temporary(dir, target)
	if err != nil {
		return err
	}
	defer unlock()
	if err := fill(f, content); err != nil {
		return err
	}
	if err := rename(f.Name(), target); err != nil {
		os.Remove(f.Name())
		return err
	}
	return syncFolder(dir)
}

// temporaryPrefix begins the names of temporary files.
const temporaryPrefix = ".stheno-"

// What lock says of what another holds, and where there are no locks that end with their process.
var (
	errLocked  = errors.New("locked")
	errNoLocks = errors.New("no locks")
)

// temporary makes a file that is to replace another one. It is locked, to say that it is in use.
func temporary(dir, target string) (f *os.File, unlock func(), err error) {
	for {
		f, err := create(filepath.Join(dir, fmt.Sprintf("%s%016x", temporaryPrefix, rand.Uint64())), target)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		unlock, err := lock(f.Name())
		if !errors.Is(err, errLocked) && hasName(f) {
			return f, unlock, nil
		}
		unlock() // sweep was faster than the lock
		f.Close()
		os.Remove(f.Name())
	}
}

// hasName reports whether an open file is still there under its name.
func hasName(f *os.File) bool {
	open, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(f.Name())
	return err == nil && os.SameFile(open, named)
}

// sweep removes the temporary files of processes that were killed: those that nobody holds.
func sweep(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !strings.HasPrefix(e.Name(), temporaryPrefix) {
			continue
		}
		name := filepath.Join(dir, e.Name())
		unlock, err := lock(name)
		if err == nil {
			os.Remove(name)
		}
		unlock()
	}
}

// Writable tries to write to a folder. The error is the cause without the path.
func Writable(dir string) error {
	f, err := os.CreateTemp(dir, temporaryPrefix+"*")
	if err != nil {
		return Cause(err)
	}
	f.Close()
	if err := os.Remove(f.Name()); !errors.Is(err, fs.ErrNotExist) { // sweep may have been faster
		return Cause(err)
	}
	return nil
}
