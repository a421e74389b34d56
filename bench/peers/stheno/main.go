// Command stheno is one of Stheno's own engines as a peer: it is timed in a process of its own, as the others are.
//
//	stheno ENGINE 784-50-10 100 float32 digits 2
package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"
	_ "github.com/stheno/stheno/backend/cuda"
	"github.com/stheno/stheno/bench"
	"github.com/stheno/stheno/bench/work"
	"github.com/stheno/stheno/internal/command"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		command.Tell(os.Stderr, "stheno", err)
		os.Exit(2)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("no engine: name one of %s", strings.Join(backend.Names(), ", "))
	}
	spec, err := work.Parse(args[1:])
	if err != nil {
		return err
	}
	job, err := bench.JobOf(spec)
	if err != nil {
		return err
	}
	e, err := backend.Open(args[0])
	if err != nil {
		return err
	}
	defer e.Close()
	r, err := bench.New(e, job)
	if err != nil {
		return err
	}
	defer r.Close()
	u := &units{e: e, job: job}
	defer u.close()
	hello := work.Hello{Version: runtime.Version(), Library: e.Device()}
	return work.Serve(os.Stdin, os.Stdout, hello, r, map[string]work.Unit{"evaluations": u.evaluations, "images": u.images})
}

// units are what this peer can be asked besides steps.
type units struct {
	e   backend.Engine
	job bench.Job
	nu  *bench.Numerical
	ev  *bench.Evaluation
}

// evaluations are loss evaluations of a numerical gradient.
func (u *units) evaluations(n int) (time.Duration, error) {
	if u.nu == nil {
		var err error
		if u.nu, err = bench.NewNumerical(u.e, u.job); err != nil {
			return 0, err
		}
	}
	began := time.Now()
	err := u.nu.Run(max(n/2, 1)) // two for each element
	return time.Since(began), err
}

// images are those of a data set that is evaluated. The set is made at the first request; the next must be for as many.
func (u *units) images(n int) (time.Duration, error) {
	if u.ev == nil {
		var err error
		if u.ev, err = bench.NewEvaluation(u.e, u.job, n); err != nil {
			return 0, err
		}
	}
	if u.ev.Images != n {
		return 0, fmt.Errorf("a data set of %d images is here, not of %d", u.ev.Images, n)
	}
	began := time.Now()
	err := u.ev.Run()
	return time.Since(began), err
}

func (u *units) close() {
	if u.nu != nil {
		u.nu.Close()
	}
	if u.ev != nil {
		u.ev.Close()
	}
}
