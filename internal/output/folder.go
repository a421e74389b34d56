package output

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// Manifest is the name of the file that tells of a command's set.
func Manifest(command string) string { return command + ".sha256" }

// Folder is a folder that a run of a command has to itself, and where it writes its files as one set.
//
// The files are first written beside each other into a folder of their own inside, .COMMAND.set, the manifest last: then the set is
// whole. Then the files of the earlier set leave their places, but for that of the first file, which is replaced in one go, and the
// others follow, the manifest again last: at no time are there files of two runs, and the first file is always there. Where a process
// is killed before the set is whole, the earlier set stays; where it is killed later, OpenFolder moves what is left.
type Folder struct {
	Path     string
	Finished bool // OpenFolder has put a set into place that another run had left
	flag     string
	command  string
	unlock   func()
}

// File is a file of a set.
type File struct {
	Name string
	Fill func(w io.Writer) error
}

// OpenFolder makes the folder that a command's flag names, if there is none, and takes it for this run. Another run of any command
// that has it is an error; so is a folder that cannot be made or written to.
func OpenFolder(command, flag, dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("-%s %s: %w: choose a folder that can be made", flag, dir, Cause(err))
	}
	if err := Writable(dir); err != nil {
		return nil, fmt.Errorf("-%s %s: %w: choose a folder that can be written to", flag, dir, err)
	}
	unlock, err := lock(dir)
	if errors.Is(err, errLocked) {
		return nil, fmt.Errorf("-%s %s: another run is writing there: choose another folder, or wait for its end", flag, dir)
	}
	sweep(dir)
	f := &Folder{Path: dir, flag: flag, command: command, unlock: unlock}
	if err := f.recover(); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Close gives the folder back.
func (f *Folder) Close() {
	if f != nil {
		f.unlock()
	}
}

func (f *Folder) manifest() string { return Manifest(f.command) }
func (f *Folder) stage(name ...string) string {
	return filepath.Join(append([]string{f.Path, "." + f.command + ".set"}, name...)...)
}
func (f *Folder) place(name string) string { return filepath.Join(f.Path, name) }

// recover puts a set that is whole into place, and removes one that is not.
func (f *Folder) recover() error {
	s, err := readSums(f.stage(f.manifest()))
	if err == nil {
		f.Finished = true
		return f.joined(f.settle(s, nil))
	}
	if err := os.RemoveAll(f.stage()); err != nil {
		return fmt.Errorf("-%s %s: files of a run that was cut off: %w: remove them, or choose another folder", f.flag, f.stage(), Cause(err))
	}
	return nil
}

// joined are errors that name the flag.
func (f *Folder) joined(failed failures) error {
	for i, err := range failed {
		failed[i] = fmt.Errorf("-%s %w", f.flag, err)
	}
	return errors.Join(failed...)
}

// Write writes files as one set, beside the folder's other files. What the set before had and this one lacks gets the suffix .old. A
// file that cannot be written does not stop the others, which are the set then: it has an error of its own among those that are
// joined.
func (f *Folder) Write(files ...File) error {
	var failed failures
	var missing []string
	s := sums{}
	for _, file := range files {
		var content bytes.Buffer
		if err := f.add(file, &content); err != nil {
			failed.add(err)
			missing = append(missing, file.Name)
		} else {
			s = append(s, sum{file.Name, sumOf(content.Bytes())})
		}
	}
	if len(s) == 0 {
		os.Remove(f.stage())
		return f.joined(failed)
	}
	failed.add(f.seal(s))
	return f.joined(append(failed, f.settle(s, missing)...))
}

// add writes a file of the set that is to come.
func (f *Folder) add(file File, content *bytes.Buffer) error {
	path := f.place(file.Name)
	if _, err := Target(path); err != nil {
		return err
	}
	if err := file.Fill(content); err != nil {
		return fmt.Errorf("%s: not written: %w", path, err)
	}
	if err := f.write(file.Name, content.Bytes()); err != nil {
		return notWritten(path, err)
	}
	return nil
}

// write writes a file beside the others of the set.
func (f *Folder) write(name string, content []byte) error {
	if !exists(f.stage()) {
		if err := try("mkdir", f.stage(), func() error { return os.Mkdir(f.stage(), 0o755) }); err != nil {
			return err
		}
	}
	file, err := create(f.stage(name), f.place(name))
	if err != nil {
		return err
	}
	return fill(file, content)
}

// failures are errors, none of them nil.
type failures []error

func (f *failures) add(err error) {
	if err != nil {
		*f = append(*f, err)
	}
}

// seal makes what was added a whole set. Where it fails the files are worth more than what tells of them.
func (f *Folder) seal(s sums) error {
	if err := f.write(f.manifest(), s.text()); err != nil {
		return notWritten(f.place(f.manifest()), err)
	}
	return f.sync(f.stage())
}

// settle moves a set into place. The manifest comes last: as long as it is not there, OpenFolder goes on here.
func (f *Folder) settle(s sums, missing []string) failures {
	failed := f.clear(s, missing)
	var placed sums
	for _, file := range s {
		if err := f.move(file.name); err != nil {
			failed.add(err)
			failed.add(f.keepOld(file.name))
		} else {
			placed = append(placed, file)
		}
	}
	if len(placed) < len(s) {
		os.Remove(f.stage(f.manifest()))
		failed.add(f.seal(placed))
	}
	err := f.move(f.manifest())
	failed.add(err)
	if err != nil || !exists(f.place(f.manifest())) {
		failed.add(f.keepOld(f.manifest()))
	}
	if err := os.RemoveAll(f.stage()); err != nil {
		failed.add(fmt.Errorf("%s: not removed: %w", f.stage(), Cause(err)))
	}
	failed.add(f.sync(f.Path))
	return failed
}

// old is where a file of the set before waits until the new one is in its place.
func (f *Folder) old(name string) string { return f.stage("old." + name) }

// clear takes the files of the set before out of their places. What the new set lacks goes for good.
func (f *Folder) clear(s sums, missing []string) (failed failures) {
	before, _ := readSums(f.place(f.manifest())) // no manifest, nothing known
	names := slices.Clone(missing)
	for _, file := range slices.Concat(before, s) {
		names = append(names, file.name)
	}
	names = append(names, f.manifest()) // the last: until then it is known what was there
	for _, name := range names {
		path, to := f.place(name), f.old(name)
		info, err := os.Lstat(path)
		moved := s.has(name) && !exists(f.stage(name)) // by a run that was cut off
		if err != nil || !info.Mode().IsRegular() || moved || len(s) > 0 && name == s[0].name {
			continue
		}
		if !s.has(name) && name != f.manifest() {
			to = path + oldSuffix
		}
		if err := rename(path, to); err != nil {
			failed.add(fmt.Errorf("%s: of an earlier run, and not taken away: %w; remove it", path, Cause(err)))
		}
	}
	return failed
}

// oldSuffix is for files of an earlier set that the new one has none for.
const oldSuffix = ".old"

// keepOld keeps a file of the set before whose new one has not come to its place.
func (f *Folder) keepOld(name string) error {
	path, from := f.place(name), f.old(name)
	if !exists(from) {
		from = path // of the first file
	}
	if info, err := os.Lstat(from); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	if err := rename(from, path+oldSuffix); err != nil {
		return fmt.Errorf("%s: of an earlier run, and not kept: %w", path, Cause(err))
	}
	return nil
}

// move gives a file of the set its place. One that is not there has been moved already.
func (f *Folder) move(name string) error {
	from := f.stage(name)
	if !exists(from) {
		return nil
	}
	target, err := Target(f.place(name))
	if err != nil {
		return err
	}
	err = rename(from, target)
	if errors.Is(err, syscall.EXDEV) { // a link leads to another file system
		var content []byte
		if content, err = os.ReadFile(from); err == nil {
			err = replace(target, content)
		}
	}
	if err != nil {
		return notWritten(f.place(name), err)
	}
	return nil
}

func (f *Folder) sync(dir string) error {
	if err := syncFolder(dir); err != nil {
		return fmt.Errorf("%s: not on the disk yet: %w; choose a folder on another disk", dir, Cause(err))
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
