package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/stheno/stheno/dist"
	"github.com/stheno/stheno/dist/disttest"
	"github.com/stheno/stheno/dist/mpi"
)

// job is what a process does that the command has started.
type job struct {
	Do      string // a name of jobs
	Net     string // of those that need one
	Parts   int    // of a batch, as train.Config has it
	Threads int
	Seconds float64
	MPI     bool // it is one of several, or alone by a launcher
	// Messages has what processes of one machine tell each other go by messages only, as between machines.
	Messages bool
	// Alone has each process train by itself, with batches of its part's size: what is left is what a step costs where sums cost nothing.
	Alone bool
}

// jobs are what there is to do: train steps, compute the parts of a step, sum up.
var jobs = map[string]func(j *job, g dist.Group) (*reply, error){
	"train": (*job).train, "compute": (*job).compute, "sums": (*job).sums,
}

// reply is what the first process tells.
type reply struct {
	MS       float64    // a step
	CPU      float64    // ms a step that all processes together have spent on cores
	Loss     float64    // after the steps of the net's gate
	Computed []computed `json:",omitempty"`
	Summed   []summed   `json:",omitempty"`
}

// parseJob reads what the command starts itself with.
func parseJob(text string) (*job, error) {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return nil, fmt.Errorf("-process is for the command itself: %w", err)
	}
	if jobs[j.Do] == nil || len(netsOf(j.Net)) != 1 && j.Do != "sums" || j.Threads < 1 || !(j.Seconds > 0) {
		return nil, fmt.Errorf("-process is for the command itself: %s is no job", text)
	}
	return &j, nil
}

// run does the job in this process.
func (j *job) run(out io.Writer) (err error) {
	runtime.GOMAXPROCS(j.Threads)
	g := dist.Alone()
	if j.MPI {
		if g, err = mpi.Join(""); err != nil {
			return err
		}
	}
	if j.Messages {
		g = struct{ dist.Group }{g} // nothing but that: no dist.Sharer
	}
	r, err := jobs[j.Do](j, g)
	if err != nil {
		return err
	}
	if g.Rank() == 0 {
		if err := json.NewEncoder(out).Encode(r); err != nil {
			return err
		}
	}
	return g.Close()
}

// patience is how long processes may take beside the time that they are given.
const patience = 2 * time.Minute

// starter makes the command that runs a program as processes of a launcher.
type starter func(ctx context.Context, argv ...string) *exec.Cmd

// by starts n processes with a launcher.
func by(l disttest.Launcher, n int) starter {
	return func(ctx context.Context, argv ...string) *exec.Cmd { return l.Command(ctx, n, argv...) }
}

// start runs the job as processes of a launcher, or as one where that is nil, and gives what the first one tells.
func (j job) start(ctx context.Context, with starter) (*reply, error) {
	ctx, cancel := context.WithTimeout(ctx, patience+time.Duration(j.Seconds*float64(time.Second)))
	defer cancel()
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if j.MPI = with != nil; !j.MPI {
		with = func(ctx context.Context, argv ...string) *exec.Cmd {
			return exec.CommandContext(ctx, argv[0], argv[1:]...)
		}
	}
	text, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	return replyOf(ctx, with(ctx, self, "-process="+string(text)))
}

// replyOf runs a command whose last line is a reply.
func replyOf(ctx context.Context, cmd *exec.Cmd) (*reply, error) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("stopped: %w", context.Cause(ctx))
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, firstLine(stderr.String()))
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	r := &reply{}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), r); err != nil {
		return nil, fmt.Errorf("it says %.200q: %w", out, err)
	}
	return r, nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}
