package stheno

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// tree is every file below the root, by its path with slashes, but for what git ignores or keeps for itself, and what an
// environment of Python's has brought.
func tree(t *testing.T) (files []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(at string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !d.IsDir():
			files = append(files, filepath.ToSlash(at))
		case at == ".git" || at == "run" || exists(filepath.Join(at, "pyvenv.cfg")):
			return fs.SkipDir
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// source is a Go file that a person wrote.
type source struct {
	*ast.File
	set  *token.FileSet
	path string
}

// room is the package's folder.
func (s source) room() string { return path.Dir(s.path) }

// line is where a position stands in the file.
func (s source) line(p token.Pos) int { return s.set.Position(p).Line }

// sources are the Go files of the tree for all systems and build tags, without what is generated and what tests read.
func sources(t *testing.T) (all []source) {
	t.Helper()
	for _, file := range tree(t) {
		if !strings.HasSuffix(file, ".go") || strings.Contains(file, "/testdata/") {
			continue
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, file, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if !ast.IsGenerated(f) {
			all = append(all, source{f, set, file})
		}
	}
	if len(all) < 200 {
		t.Fatalf("only %d Go files were found", len(all))
	}
	return all
}

// isTest reports whether the file is of the tests.
func isTest(file string) bool { return strings.HasSuffix(file, "_test.go") }
