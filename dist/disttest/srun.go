package disttest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Srun is Slurm's srun, which starts processes of this machine by one of its --mpi: "pmix" for Open MPI, "pmi2" for MPICH, "none". Missing
// is why it does not, and "" where it does.
func Srun(name, mpi string) (l Launcher, missing string) {
	host, err := os.Hostname()
	if err != nil {
		return l, err.Error()
	}
	host, _, _ = strings.Cut(host, ".")
	l = Launcher{Name: name, flags: []string{"--quiet", "--mpi=" + mpi, "--nodelist=" + host, "--overcommit"}}
	if l.path, err = exec.LookPath("srun"); err != nil {
		return l, "no srun: this is no machine of a Slurm cluster"
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	c := l.Command(ctx, 1, "true")
	if out, err := c.CombinedOutput(); err != nil {
		first, _, _ := bytes.Cut(out, []byte("\n"))
		return l, fmt.Sprintf("srun --mpi=%s starts nothing on this machine: %v: %s", mpi, err, first)
	}
	return l, ""
}
