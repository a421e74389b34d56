//go:build !static && (darwin || (linux && (cgo || 386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64)))

package mpi

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stheno/stheno/dist/disttest"
)

// role is the variable that makes this program one of the processes of a test, and names the part that it plays.
const role = "STHENO_TEST_MPI_ROLE"

// parts are what the processes do: each has joined.
var roles = map[string]func(g *group) error{
	"suite": suite,
}

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

func play(part func(g *group) error) error {
	joined, err := Join("")
	if err != nil {
		return err
	}
	g := joined.(*group)
	if err := part(g); err != nil {
		return fmt.Errorf("process %d: %w", g.rank, err)
	}
	return g.Close()
}

// suite is what every group must pass.
func suite(g *group) error { return disttest.Check(g) }

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

// command runs this program in a role, by so many processes.
func command(t *testing.T, l disttest.Launcher, name string, n int) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	c := l.Command(ctx, n, os.Args[0])
	c.Env = append(c.Env, role+"="+name)
	return c
}

func TestSuite(t *testing.T) {
	eachLauncher(t, func(t *testing.T, l disttest.Launcher) {
		for _, n := range []int{1, 2, 3, 4, 8} {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				if out, err := command(t, l, "suite", n).CombinedOutput(); err != nil {
					t.Errorf("%v\n%s", err, out)
				}
			})
		}
	})
}
