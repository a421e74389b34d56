//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/dist"
	"github.com/stheno/stheno/dist/disttest"
)

// firstSees starts processes of which only the first is in the folder: the others, in one inside it, see nothing that a relative path names.
const firstSees = `test "${OMPI_COMM_WORLD_RANK:-$PMI_RANK}" = 0 || cd elsewhere; exec "$0" "$@"`

// shared runs the command as two processes, with so many bytes of memory for samples, and says what it left in TMPDIR.
func shared(t *testing.T, l disttest.Launcher, memory, dir string, args ...string) (stderr *bytes.Buffer, code int, left []string) {
	t.Helper()
	c, _, stderr := launched(t, l, 2, args...)
	i := len(c.Args) - len(args) - 1
	c.Args = append(append(c.Args[:i:i], "sh", "-c", firstSees), c.Args[i:]...)
	tmp := t.TempDir()
	c.Dir, c.Env = dir, append(c.Env, "TMPDIR="+tmp, takesMemory+"="+memory)
	if err := c.Run(); c.ProcessState == nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(tmp, "stheno-*"))
	if err != nil {
		t.Fatal(err)
	}
	return stderr, c.ProcessState.ExitCode(), left
}

// table is n lines of numbers, a category and a class.
func table(n int) string {
	var b strings.Builder
	b.WriteString("a,b,kind,class\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,%g,%c,%c\n", i%13, 0.3*float64(i%7), 'p'+i%3, 'x'+i%2)
	}
	return b.String()
}

// TestSharedData: only the first process of a machine reads the data, whether they stay in memory or not, and the others come to the same
// bits as one process.
func TestSharedData(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "elsewhere"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "set.csv"), []byte(table(200)))
	flags := []string{"-data", "set.csv", "-standardise", "-hidden", "6", "-batch", "16", "-iters", "20", "-parts", "2"}
	onLaunchers(t, func(t *testing.T, l disttest.Launcher) {
		outs := t.TempDir()
		one := filepath.Join(outs, "one")
		c, _, stderr := launched(t, l, 1, append(flags, "-out", one)...)
		c.Dir = dir
		if err := c.Run(); err != nil {
			t.Fatalf("%v: %s", err, stderr)
		}
		for _, memory := range []string{"", "100"} {
			two := filepath.Join(outs, "two"+memory)
			stderr, code, left := shared(t, l, memory, dir, append(flags, "-out", two)...)
			if code != exitOK || len(left) > 0 {
				t.Fatalf("memory of %q: exit code %d, %v is left: %s", memory, code, left, stderr)
			}
			for _, name := range []string{modelFile, checkpointFile, "history.csv"} {
				got, errGot := os.ReadFile(filepath.Join(two, name))
				want, errWant := os.ReadFile(filepath.Join(one, name))
				if errGot != nil || errWant != nil || !bytes.Equal(got, want) {
					t.Errorf("memory of %q: another %s than that of one process (%v, %v)", memory, name, errGot, errWant)
				}
			}
		}
	})
}

// TestSharedDataErrors: what is wrong with data that one process reads is told once, ends all, and leaves no file.
func TestSharedDataErrors(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "elsewhere"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "wrong.csv"), []byte("a,class\n1,p\n2,q\n3,"+strings.Repeat("long", 300)+"\n")) // found as it is kept
	onLaunchers(t, func(t *testing.T, l disttest.Launcher) {
		for _, c := range []struct{ memory, data, want string }{
			{"", "wrong.csv", `train: -data: wrong.csv, line 4, column "class": `},
			{"20", "wrong.csv", `train: -data: wrong.csv, line 4, column "class": `},
			{"", "nothing.csv", "train: -data: nothing.csv: no such file or folder"},
		} {
			stderr, code, left := shared(t, l, c.memory, dir, "-data", c.data, "-iters", "10")
			if lines := ours(stderr); code != exitUsage || len(lines) != 1 || !strings.HasPrefix(lines[0], c.want) || len(left) > 0 {
				t.Errorf("%s, memory of %q: exit code %d, %q, %v is left; want one line: %s", c.data, c.memory, code, lines, left, c.want)
			}
		}
	})
}

// TestPatienceFor: who has not read itself leaves it to who has.
func TestPatienceFor(t *testing.T) {
	if a, b := patienceFor(fmt.Errorf("-data: %w", &data.SharedError{Text: "p"})), patienceFor(errUnlike); a <= b {
		t.Errorf("%v for another's failure, %v for its own", a, b)
	}
}

// TestSharedInAGroup: the processes of a group share what one of them reads, also where there is no MPI.
func TestSharedInAGroup(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "set.csv")
	write(t, path, []byte(table(20)))
	if err := disttest.Run(2, func(g dist.Group) error {
		from := path
		if g.Rank() > 0 {
			from = filepath.Join(dir, "nowhere")
		}
		o, err := parse([]string{"-data", from}, io.Discard)
		if err != nil {
			return err
		}
		o.together.Group = g
		s, err := o.dataset()
		if err == nil {
			err = s.Close()
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}
