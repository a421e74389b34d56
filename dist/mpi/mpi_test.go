//go:build !static && (darwin || (linux && (cgo || 386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64)))

package mpi

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stheno/stheno/dist/disttest"
)

// The variables that make this program one of the processes of a test: the part that it plays, and the library that it loads.
const (
	role  = "STHENO_TEST_MPI_ROLE"
	loads = "STHENO_TEST_MPI_LIBRARY"
)

func TestMain(m *testing.M) {
	name := os.Getenv(role)
	if name == "" {
		os.Exit(m.Run())
	}
	if err := play(roles[name]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// play joins, plays a part, and leaves: a group that is closed does nothing more.
func play(part func(g *group) error) error {
	joined, err := Join(os.Getenv(loads))
	if err != nil {
		return err
	}
	g := joined.(*group)
	if err := part(g); err != nil {
		return fmt.Errorf("process %d: %w", g.rank, err)
	}
	if err := g.Close(); err != nil {
		return err
	}
	if err := g.Barrier(); err == nil || len(g.Lost()) > 0 {
		return fmt.Errorf("process %d, closed: barrier %v, lost %v", g.rank, err, g.Lost())
	}
	return g.Close()
}

// eachLauncher runs a test with the launcher of each MPI that is there.
func eachLauncher(t *testing.T, test func(t *testing.T, l disttest.Launcher)) {
	for _, l := range disttest.Launchers() {
		t.Run(l.Name, func(t *testing.T) {
			if why := l.Missing(); why != "" {
				t.Skip(why)
			}
			test(t, l)
		})
	}
}

// command runs n processes of a program of tests in a role.
func command(t *testing.T, l disttest.Launcher, n int, program, name string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	c := l.Command(ctx, n, program)
	c.Env = append(c.Env, role+"="+name)
	return c
}

// passes runs a command, and fails with what it prints.
func passes(t *testing.T, c *exec.Cmd) {
	t.Helper()
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestSuite: groups of real processes are what dist.Group says.
func TestSuite(t *testing.T) {
	sizes := []int{1, 2, 3, 4}
	if os.Getenv("STHENO_LONG") == "1" {
		sizes = append(sizes, 8)
	}
	eachLauncher(t, func(t *testing.T, l disttest.Launcher) {
		for _, n := range sizes {
			t.Run(fmt.Sprint(n), func(t *testing.T) { passes(t, command(t, l, n, os.Args[0], "suite")) })
		}
	})
}

// TestRoles: what two processes do with things of this package only.
func TestRoles(t *testing.T) {
	eachLauncher(t, func(t *testing.T, l disttest.Launcher) {
		for _, name := range []string{"in pieces", "allocations", "errors", "signals", "again", "many exchanges", "sharing"} {
			t.Run(name, func(t *testing.T) { passes(t, command(t, l, 2, os.Args[0], name)) })
		}
	})
}

// alone are the libraries, each loaded by a process that no launcher has started.
var alone = map[string]string{"Open MPI": "libmpi.so.40", "MPICH": "libmpich.so.12"}

// TestWithoutLauncher: a process by itself is a group of one.
func TestWithoutLauncher(t *testing.T) {
	for kind, name := range alone {
		t.Run(kind, func(t *testing.T) {
			if _, err := load([]string{name}); err != nil {
				t.Skip(err)
			}
			for _, part := range []string{"suite", "signals"} {
				c := exec.Command(os.Args[0])
				c.Env = append(os.Environ(), role+"="+part, loads+"="+name)
				passes(t, c)
			}
		})
	}
}

// TestWithoutCgo: a program that is built without cgo joins too.
func TestWithoutCgo(t *testing.T) {
	program := filepath.Join(t.TempDir(), "program")
	build := exec.Command("go", "test", "-c", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	passes(t, build)
	eachLauncher(t, func(t *testing.T, l disttest.Launcher) { passes(t, command(t, l, 2, program, "suite")) })
}

// TestOtherLibrary: processes that don't find each other say so, and name both that don't fit.
func TestOtherLibrary(t *testing.T) {
	eachLauncher(t, func(t *testing.T, l disttest.Launcher) {
		for kind, name := range alone {
			if _, err := load([]string{name}); err != nil || kind == l.Name {
				continue
			}
			c := command(t, l, 2, os.Args[0], "suite")
			c.Env = append(c.Env, loads+"="+name)
			out, err := c.CombinedOutput()
			if err == nil {
				t.Errorf("%s joins processes of %s's launcher", kind, l.Name)
			}
			for _, want := range []string{"has started 2 processes, but " + kind, "(" + name + ") sees 1: this mpi", "give " + l.Name + "'s library"} {
				if !strings.Contains(string(out), want) {
					t.Errorf("no %q in\n%s", want, out)
				}
			}
		}
	})
}

// TestSrunApart: where srun gives processes nothing to find one another by, each says what to type, and the library no word of its own.
func TestSrunApart(t *testing.T) {
	for kind, name := range alone {
		t.Run(kind, func(t *testing.T) {
			if _, err := load([]string{name}); err != nil {
				t.Skip(err)
			}
			setLauncher(t, srunNone)
			c := exec.Command(os.Args[0])
			c.Env = append(os.Environ(), role+"=suite", loads+"="+name)
			out, err := c.CombinedOutput()
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			if err == nil || len(lines) != 1 || !strings.HasPrefix(lines[0], "srun has started 2 processes, but ") || !strings.Contains(lines[0], toSrun) {
				t.Errorf("%v, want one line that says what to type:\n%s", err, out)
			}
		})
	}
}
