package checkpoint

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2/maybe"
)

// WriteFile writes a file whole or not at all, readable by everyone as far as the umask allows: the content goes to a
// temporary file, to the disk, and then takes the name. (Windows cannot rename so; there it is written in place.) What is
// no ordinary file, such as a device, is not replaced but an error.
func WriteFile(path string, content []byte) error {
	// The rename would replace a symbolic link, not the file it leads to.
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		target = path
	}
	if info, err := os.Stat(target); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s: not an ordinary file; choose another name", path)
	}
	if err := maybe.WriteFile(target, content, 0o644); err != nil {
		return fmt.Errorf("%s: not written: %w; choose a folder that exists, may be written to and has room", path, cause(err))
	}
	return nil
}

// cause is what the system said, without the name of the (temporary) file.
func cause(err error) error {
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
