package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// rename gives the module in a folder a path, and returns the number of files that changed and the path that it had.
// Nothing is written unless all could be read.
func rename(dir, path string) (files int, old string, err error) {
	if err := module.CheckPath(path); err != nil {
		return 0, "", fmt.Errorf("%w: choose a path such as example.com/you/net", err)
	}
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, "", errors.New("no go.mod is here: run it from the top of the repository")
	} else if err != nil {
		return 0, "", err
	}
	if old = modfile.ModulePath(mod); old == "" {
		return 0, "", errors.New("go.mod has no module line: run it from the top of the repository")
	}
	changed, err := renamed(dir, old, path)
	if err != nil {
		return 0, "", err
	}
	for name, text := range changed {
		if err := os.WriteFile(name, text, 0o644); err != nil { // a file that is there keeps its mode
			return 0, "", err
		}
	}
	return len(changed), old, nil
}

// renamed are the text files of a folder that the other path changes, as they will be.
func renamed(dir, old, path string) (map[string][]byte, error) {
	changed := map[string][]byte{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == ".git":
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil || !utf8.Valid(text) {
			return err
		}
		now := replacePath(text, old, path)
		if bytes.Equal(now, text) {
			return nil
		}
		if strings.HasSuffix(name, ".go") { // imports are sorted
			if now, err = format.Source(now); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		changed[name] = now
		return nil
	})
	return changed, err
}

// replacePath replaces a module path, and with it those of its packages, but not where it is a part of a longer name.
func replacePath(text []byte, old, path string) []byte {
	var out []byte
	for {
		at := bytes.Index(text, []byte(old))
		if at < 0 {
			return append(out, text...)
		}
		end, put := at+len(old), path
		if at > 0 && inName(text[at-1]) || end < len(text) && inName(text[end]) {
			put = old
		}
		out = append(append(out, text[:at]...), put...)
		text = text[end:]
	}
}

// inName reports whether a byte goes on with the name of a module.
func inName(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '-' || b == '_'
}
