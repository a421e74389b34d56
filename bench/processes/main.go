// Command processes measures training with several processes over MPI: the time of a step with one process and with more, one thread
// each, over each MPI that is there, beside Stheno without MPI and PyTorch's DistributedDataParallel on gloo. It starts itself as the
// processes.
//
//	go run ./bench/processes
//	go run ./bench/processes -net 1024 -processes 1,2
//	go run ./bench/processes -model -emulate
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/stheno/stheno/internal/command"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) // what was made is taken away
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// options are the command's flags, checked.
type options struct {
	processes []int
	nets      []net
	rounds    int
	time      time.Duration // of each turn
	peers     bool
	predict   bool // instead of the steps
	emulate   bool
	job       *job // of a process that the command has started
}

func parse(args []string, stderr io.Writer) (*options, error) {
	var o options
	var processes, title, process string
	var seconds float64
	fs := flag.NewFlagSet("processes", flag.ContinueOnError)
	fs.StringVar(&processes, "processes", "1,2", "numbers of processes, one row each")
	fs.StringVar(&title, "net", "", "only the nets whose name has this in it, such as 1024")
	fs.IntVar(&o.rounds, "rounds", 3, "how often each row is measured, in turn")
	fs.Float64Var(&seconds, "seconds", 0.5, "of each turn")
	fs.BoolVar(&o.peers, "peers", true, "also measure PyTorch, where it is")
	fs.BoolVar(&o.predict, "model", false, "measure what a step is made of instead, and predict larger clusters")
	fs.BoolVar(&o.emulate, "emulate", false, "with -model: hold it to processes with a slow link, in network namespaces; needs root on Linux")
	fs.StringVar(&process, "process", "", "what the command starts itself with: a job, as JSON")
	if err := command.Parse(fs, args, stderr); err != nil {
		return nil, err
	}
	if process != "" {
		var err error
		o.job, err = parseJob(process)
		return &o, err
	}
	for _, text := range strings.Split(processes, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > most {
			return nil, fmt.Errorf("-processes %q: %q is not a number from 1 to %d; give a list such as 1,2", processes, text, most)
		}
		o.processes = append(o.processes, n)
	}
	if o.nets = netsOf(title); len(o.nets) == 0 {
		return nil, fmt.Errorf("-net %q: no net has this in its name; choose from: %s", title, strings.Join(netNames(), " | "))
	}
	if o.rounds < 1 || o.rounds > 1000 {
		return nil, fmt.Errorf("-rounds %d: a number from 1 to 1000", o.rounds)
	}
	if !(seconds > 0 && seconds <= 600) {
		return nil, fmt.Errorf("-seconds %v: a number above 0, 600 at most", seconds)
	}
	if o.emulate && !o.predict {
		return nil, errors.New("-emulate holds the model to a link: give -model too")
	}
	o.time = time.Duration(seconds * float64(time.Second))
	return &o, nil
}

// most is the most processes that are started on this machine.
const most = 64

// run is main without the process.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	return command.Run("processes", stdout, stderr, func(out io.Writer) error {
		o, err := parse(args, stderr)
		switch {
		case err != nil:
			return err
		case o.job != nil:
			signal.Reset() // launchers end their processes so
			return o.job.run(out)
		case o.predict:
			return o.model(ctx, out)
		}
		return o.measure(ctx, out)
	})
}
