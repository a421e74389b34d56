package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// MakeFolder makes the folder that a flag names and tries to write to it, so that nothing is computed in vain.
func MakeFolder(flag, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("-%s %s: %w: choose a folder that can be made", flag, dir, Cause(err))
	}
	if err := Writable(dir); err != nil {
		return fmt.Errorf("-%s %s: %w: choose a folder that can be written to", flag, dir, err)
	}
	return nil
}

// Writable tries to write to a folder. The error is the cause without the path.
func Writable(dir string) error {
	f, err := os.CreateTemp(dir, ".stheno-*")
	if err != nil {
		return Cause(err)
	}
	f.Close()
	return Cause(os.Remove(f.Name()))
}

// Cause is an error without the path, which the message around it names.
func Cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
