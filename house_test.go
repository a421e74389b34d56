package stheno

import (
	"go/ast"
	"go/doc"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	mostLines = 500 // of a file
	mostFunc  = 80  // of a function
)

// written are the endings of files that people write; generated is the mark of those that they do not.
var (
	written   = []string{".go", ".s", ".c", ".cpp", ".cu", ".cuh", ".h", ".py", ".sh"}
	generated = regexp.MustCompile(`(?m)^(//|#) Code generated .* DO NOT EDIT\.$`)
)

// TestFilesAreSmall: a file has one subject, and no more than 500 lines.
func TestFilesAreSmall(t *testing.T) {
	for _, file := range tree(t) {
		if !slices.Contains(written, path.Ext(file)) && file != ".ci/run" {
			continue
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(content), "\n"); n > mostLines && !generated.Match(content) {
			t.Errorf("%s has %d lines, the most are %d: cut it by its subjects", file, n, mostLines)
		}
	}
}

// reason is what the doc comment of a long function has: "In one piece: " and why.
var reason = regexp.MustCompile(`In one piece: \w+`)

// TestFunctionsAreShort: no function has more than 80 lines, but for those that say why.
func TestFunctionsAreShort(t *testing.T) {
	for _, s := range sources(t) {
		for _, d := range s.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := s.line(f.End()) - s.line(f.Pos()) + 1; n > mostFunc && !reason.MatchString(f.Doc.Text()) {
				t.Errorf("%s:%d: %s has %d lines, the most are %d: cut it, or say why not in its comment, \"In one piece: ...\"",
					s.path, s.line(f.Pos()), f.Name.Name, n, mostFunc)
			}
		}
	}
}

// ours and contract are what stands beside a panic, and in the comment of a function that may panic by its contract.
var (
	ours     = "our own bug"
	contract = regexp.MustCompile(`\bpanics (for|on|where|with)\b`)
)

// TestPanicsAreOurs: a panic outside of tests is for our own bug, as the comment on its line or above it says, or the
// comment of the function says that it panics, as gonum's BLAS does.
func TestPanicsAreOurs(t *testing.T) {
	n := 0
	for _, s := range sources(t) {
		if isTest(s.path) {
			continue
		}
		said := map[int]bool{} // lines whose comment says it
		for _, c := range s.Comments {
			if strings.Contains(strings.Join(strings.Fields(c.Text()), " "), ours) {
				said[s.line(c.Pos())], said[s.line(c.End())+1] = true, true
			}
		}
		for _, d := range s.Decls {
			f, ok := d.(*ast.FuncDecl)
			if ok && contract.MatchString(f.Doc.Text()) {
				continue
			}
			ast.Inspect(d, func(node ast.Node) bool {
				call, ok := node.(*ast.CallExpr)
				if !ok {
					return true
				}
				if name, ok := call.Fun.(*ast.Ident); ok && name.Name == "panic" {
					n++
					if line := s.line(call.Pos()); !said[line] {
						t.Errorf("%s:%d: a panic that nobody says is for %s: write so beside it, or return an error", s.path, line, ours)
					}
				}
				return true
			})
		}
	}
	if n < 5 {
		t.Errorf("only %d panics were found", n)
	}
}

// unchecked are rooms whose examples have no Output, and why.
var unchecked = map[string]string{"blas/openblas": "the machine may lack the library: a test runs the example where it is"}

// TestPackagesAreExplained: every package that others can import has a comment, "Package x " and what it is, and an
// example whose output is checked.
func TestPackagesAreExplained(t *testing.T) {
	public, comments, examples := map[string]string{}, map[string]string{}, map[string]bool{} // by room
	for _, s := range sources(t) {
		room := s.room()
		switch {
		case strings.Contains("/"+room+"/", "/internal/") || ownModule(room):
			continue
		case !isTest(s.path):
			public[room] = s.Name.Name
			if text := s.Doc.Text(); strings.HasPrefix(text, "Package "+s.Name.Name+" ") || s.Name.Name == "main" && strings.HasPrefix(text, "Command ") {
				comments[room] = text
			}
			continue
		}
		for _, e := range doc.Examples(s.File) {
			if e.Output != "" || unchecked[room] != "" {
				examples[room] = true
			}
		}
	}
	for room, name := range public {
		if comments[room] == "" {
			t.Errorf("%s: no file of it begins with \"Package %s ...\": say its one job", room, name)
		}
		if name != "main" && !examples[room] {
			t.Errorf("%s: no Example with an Output in a test file of it: write what a user would type first", room)
		}
	}
	if len(public) < 25 {
		t.Errorf("only %d packages were found", len(public))
	}
}
