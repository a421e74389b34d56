package stheno

import (
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// rooms are the packages that doc.go lists.
func rooms(t *testing.T) map[string]bool {
	t.Helper()
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^//\t([\w/]+)  +\S`).FindAllStringSubmatch(string(doc), -1) {
		listed[m[1]] = true
	}
	return listed
}

// TestRooms: doc.go lists every package but those that only tests need, and those inside of one that it lists: below the
// folders cmd, backend, blas, dist and internal each is listed by itself.
func TestRooms(t *testing.T) {
	each := regexp.MustCompile(`^(cmd|backend|blas|dist|internal)/\w+$`)
	listed, found := rooms(t), map[string]bool{}
	for _, file := range tree(t) {
		dir := path.Dir(file)
		if dir == "." || path.Ext(file) != ".go" || isTest(file) {
			continue
		}
		if !strings.Contains(dir, "/") || each.MatchString(dir) && !strings.HasSuffix(dir, "test") {
			found[dir] = true
		}
	}
	for dir := range found {
		if !listed[dir] {
			t.Errorf("doc.go does not list %s", dir)
		}
	}
	for dir := range listed {
		if !found[dir] {
			t.Errorf("doc.go lists %s, which is no package", dir)
		}
	}
	if len(listed) < 15 {
		t.Errorf("only %d packages were found in doc.go", len(listed))
	}
}
