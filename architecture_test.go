package stheno

import (
	"go/ast"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// modulePath is the name of the module, which goes before a room's in an import.
func modulePath(t *testing.T) string {
	t.Helper()
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	return string(regexp.MustCompile(`(?m)^module (\S+)$`).FindSubmatch(mod)[1])
}

// allowed is a row of the table of rooms in ARCHITECTURE.md: what a package may import.
type allowed struct {
	room         string
	ours, others []string
}

var (
	rowOfRoom = regexp.MustCompile(`(?m)^\| \[([\w/]+)\]\([\w/]+\) \| [^|]+ \| ([^|]*) ?\| ([^|]*) ?\|$`)
	quoted    = regexp.MustCompile("`([^`]+)`")
)

const anyBelow = "any below"

// order is that table, from the top down.
func order(t *testing.T) (rows []allowed) {
	t.Helper()
	list := func(cell string) (names []string) {
		if strings.TrimSpace(cell) == anyBelow {
			return []string{anyBelow}
		}
		for _, m := range quoted.FindAllStringSubmatch(cell, -1) {
			names = append(names, m[1])
		}
		return names
	}
	for _, m := range rowOfRoom.FindAllStringSubmatch(pageOf(t, "ARCHITECTURE.md"), -1) {
		rows = append(rows, allowed{m[1], list(m[2]), list(m[3])})
	}
	if len(rows) < 20 {
		t.Fatalf("only %d rooms were found in ARCHITECTURE.md", len(rows))
	}
	return rows
}

// placeOf is the row of a package: that of its own folder, or of the nearest one around it; -1 if there is none.
func placeOf(rows []allowed, room string) int {
	for ; room != "."; room = path.Dir(room) {
		if at := slices.IndexFunc(rows, func(r allowed) bool { return r.room == room }); at >= 0 {
			return at
		}
	}
	return -1
}

// TestImportsGoDown: no package imports one that stands above it in the table of rooms, nor anything that its row does not
// list. All build tags and systems count; tests and modules of their own do not. What a row lists and nobody imports is
// no rule but a leftover.
func TestImportsGoDown(t *testing.T) {
	rows, module := order(t), modulePath(t)
	for _, r := range rows {
		t.Log(r.room)
		if !exists(r.room) {
			t.Errorf("ARCHITECTURE.md lists the room %s, which is not there", r.room)
		}
	}
	used := map[string]bool{} // room and import
	for _, s := range sources(t) {
		if isTest(s.path) || s.room() == "." || ownModule(s.room()) {
			continue
		}
		at := placeOf(rows, s.room())
		if at < 0 {
			t.Errorf("%s is in no room of ARCHITECTURE.md: give its folder a row", s.path)
			continue
		}
		for _, i := range s.Imports {
			name := strings.Trim(i.Path.Value, `"`)
			if room, ours := strings.CutPrefix(name, module+"/"); ours {
				used[rows[at].room+" "+checkOurs(t, rows, at, s.room(), room)] = true
			} else if strings.Contains(name, ".") {
				used[rows[at].room+" "+checkOther(t, rows[at], s.room(), name)] = true
			}
		}
	}
	for _, r := range rows {
		for _, name := range append(r.ours, r.others...) {
			if name != anyBelow && !used[r.room+" "+name] {
				t.Errorf("ARCHITECTURE.md lets %s import %s, which it does not: take it out of the row", r.room, name)
			}
		}
	}
}

// checkOurs holds an import of another room of ours to the row at a place, and gives the name of that room.
func checkOurs(t *testing.T, rows []allowed, at int, from, room string) string {
	t.Helper()
	to := placeOf(rows, room)
	switch {
	case to < 0:
		t.Errorf("%s imports %s, which is in no room of ARCHITECTURE.md", from, room)
		return room
	case to < at:
		t.Errorf("%s imports %s, which stands above it", from, room)
	case to > at && rows[at].ours == nil || to > at && rows[at].ours[0] != anyBelow && !slices.Contains(rows[at].ours, rows[to].room):
		t.Errorf("%s imports %s, which its row of ARCHITECTURE.md does not list", from, room)
	}
	return rows[to].room
}

// checkOther holds an import of another module to a row, and gives the entry that allows it.
func checkOther(t *testing.T, r allowed, from, name string) string {
	t.Helper()
	for _, o := range r.others {
		if name == o || strings.HasPrefix(name, o+"/") {
			return o
		}
	}
	t.Errorf("%s imports %s, which its row of ARCHITECTURE.md does not list", from, name)
	return name
}

// ownModule reports whether a folder is of a module of its own.
func ownModule(room string) bool {
	for ; room != "."; room = path.Dir(room) {
		if exists(filepath.Join(room, "go.mod")) {
			return true
		}
	}
	return false
}

func pageOf(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// TestLinks: what the pages link to is there.
func TestLinks(t *testing.T) {
	for _, page := range pages {
		for _, m := range link.FindAllStringSubmatch(pageOf(t, page), -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if !strings.Contains(target, "://") && !exists(filepath.Join(filepath.Dir(page), target)) {
				t.Errorf("%s links to %s, which is not there", page, m[1])
			}
		}
	}
}

// TestStatementsAreLinked: each row and each point of ARCHITECTURE.md says in which file it can be seen.
func TestStatementsAreLinked(t *testing.T) {
	points := regexp.MustCompile(`(?m)^(?:- .*\n(?:  .*\n)*|\| .*\n)`).FindAllString(pageOf(t, "ARCHITECTURE.md"), -1)
	heads := 0
	for _, p := range points {
		switch {
		case strings.HasPrefix(p, "| room ") || strings.HasPrefix(p, "| to add ") || strings.HasPrefix(p, "| ---"):
			heads++
		case !link.MatchString(p):
			t.Errorf("no file is linked to: %s", p)
		}
	}
	if len(points)-heads < 35 {
		t.Errorf("only %d points were found", len(points)-heads)
	}
}

var (
	walkOf = regexp.MustCompile(`(?m)^### (.*)\n\n((?:\d+\. .*\n)+)`)
	stepOf = regexp.MustCompile(`^\d+\. \[([\w./]+)\]\(([\w./]+)\) ` + "`(\\w+)`: \\S")
)

// TestWalks: a walk of ARCHITECTURE.md has at most 8 files, each once, in the order of the rooms, and what each step names
// is declared there.
func TestWalks(t *testing.T) {
	rows, walks := order(t), walkOf.FindAllStringSubmatch(pageOf(t, "ARCHITECTURE.md"), -1)
	if len(walks) < 6 {
		t.Errorf("only %d walks were found", len(walks))
	}
	declared := declarations(t)
	for _, w := range walks {
		steps := strings.Split(strings.TrimSpace(w[2]), "\n")
		if len(steps) > 8 {
			t.Errorf("%s: %d steps, the most are 8", w[1], len(steps))
		}
		last, seen := 0, map[string]bool{}
		for _, step := range steps {
			m := stepOf.FindStringSubmatch(step)
			if m == nil || m[1] != m[2] {
				t.Errorf("%s: not \"1. [file](file) `function`: what it does\": %s", w[1], step)
				continue
			}
			if !declared[m[1]][m[3]] {
				t.Errorf("%s: %s has no %s", w[1], m[1], m[3])
			}
			at := placeOf(rows, path.Dir(m[1]))
			if at < last || seen[m[1]] {
				t.Errorf("%s: it comes back to %s", w[1], m[1])
			}
			last, seen[m[1]] = at, true
		}
	}
}

// tableIn is a table of the code that a page names, with its file.
var tableIn = regexp.MustCompile("`(\\w+)` in\\s+\\[([\\w./]+\\.go)\\]")

// TestTablesAreThere: a table that a page says to add a row to is a variable of that file.
func TestTablesAreThere(t *testing.T) {
	declared, n := declarations(t), 0
	for _, page := range pages {
		for _, m := range tableIn.FindAllStringSubmatch(pageOf(t, page), -1) {
			if n++; !declared[m[2]][m[1]] {
				t.Errorf("%s: %s has no %s", page, m[2], m[1])
			}
		}
	}
	if n < 5 {
		t.Errorf("only %d tables were found", n)
	}
}

// declarations are the functions, methods and variables of each file.
func declarations(t *testing.T) map[string]map[string]bool {
	t.Helper()
	all := map[string]map[string]bool{}
	for _, s := range sources(t) {
		names := map[string]bool{}
		all[s.path] = names
		for _, d := range s.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				names[d.Name.Name] = true
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if v, ok := spec.(*ast.ValueSpec); ok {
						for _, name := range v.Names {
							names[name.Name] = true
						}
					}
				}
			}
		}
	}
	return all
}
