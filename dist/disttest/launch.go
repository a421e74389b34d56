package disttest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Launcher starts a command as several processes of this machine, more than it has cores if need be.
type Launcher struct {
	Name    string // the MPI that it belongs to: "Open MPI" or "MPICH"
	install string
	mark    string // what it says of its version
	files   []string
	flags   []string
	env     []string
	path    string
}

// Launchers are those of Open MPI and MPICH, as far as they are there: ask Missing.
func Launchers() []Launcher {
	all := []Launcher{
		{Name: "Open MPI", install: "apt-get install openmpi-bin", mark: "Open MPI",
			files: []string{"mpirun.openmpi", "mpirun", "mpiexec"}, flags: []string{"--oversubscribe", "--bind-to", "none"},
			env: []string{"OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"}},
		{Name: "MPICH", install: "apt-get install mpich", mark: "HYDRA",
			files: []string{"mpirun.mpich", "mpiexec.hydra", "mpirun", "mpiexec"}},
	}
	for i := range all {
		all[i].path = all[i].find()
	}
	return all
}

func (l Launcher) find() string {
	for _, file := range l.files {
		path, err := exec.LookPath(file)
		if err != nil {
			continue
		}
		version, err := exec.Command(path, "--version").Output()
		if err == nil && strings.Contains(string(version), l.mark) {
			return path
		}
	}
	return ""
}

// Missing says what to install where the launcher is not there, and nothing where it is.
func (l Launcher) Missing() string {
	if l.path != "" {
		return ""
	}
	return fmt.Sprintf("no launcher of %s (%s): %s", l.Name, strings.Join(l.files, ", "), l.install)
}

// Command is a command that runs n processes of a program, and is killed when the context ends.
func (l Launcher) Command(ctx context.Context, n int, argv ...string) *exec.Cmd {
	args := append(append(append([]string(nil), l.flags...), "-n", strconv.Itoa(n)), argv...)
	c := exec.CommandContext(ctx, l.path, args...)
	c.Env = append(os.Environ(), l.env...)
	c.WaitDelay = 5 * time.Second // processes that outlive the launcher may hold its pipes
	return c
}
