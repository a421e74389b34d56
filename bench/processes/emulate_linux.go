package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stheno/stheno/bench/report"
	"github.com/stheno/stheno/dist/disttest"
)

// emulated are the numbers of processes that the model is held to.
var emulated = []int{2, 4, 8}

// The link of each emulated machine.
const (
	linkRate = "1gbit"
	linkMTU  = 1500
)

// cluster is network namespaces in place of machines: each has a cable to one switch, itself a namespace, and sends at the link's rate.
type cluster struct{ prefix string }

func (c *cluster) host(i int) string { return fmt.Sprintf("%s-%d", c.prefix, i) }
func (c *cluster) hub() string       { return c.prefix + "-switch" }

// newCluster needs root, network namespaces, veth, a bridge and tbf.
func newCluster(machines int) (*cluster, error) {
	c := &cluster{fmt.Sprintf("processes%d", os.Getpid())}
	lines := []string{
		"ip netns add " + c.hub(),
		"ip -n " + c.hub() + " link set lo up",
		"ip -n " + c.hub() + " link add hub type bridge",
		"ip -n " + c.hub() + " addr add 10.231.0.254/24 dev hub",
		"ip -n " + c.hub() + " link set hub up",
	}
	for i := range machines {
		port := fmt.Sprintf("port%d", i)
		lines = append(lines,
			"ip netns add "+c.host(i),
			fmt.Sprintf("ip -n %s link add %s mtu %d type veth peer name wire mtu %d netns %s", c.hub(), port, linkMTU, linkMTU, c.host(i)),
			fmt.Sprintf("ip -n %s link set %s master hub up", c.hub(), port),
			fmt.Sprintf("ip -n %s addr add 10.231.0.%d/24 dev wire", c.host(i), i+1),
			"ip -n "+c.host(i)+" link set lo up",
			"ip -n "+c.host(i)+" link set wire up",
			fmt.Sprintf("tc -n %s qdisc add dev wire root tbf rate %s burst 128kb limit 8mb", c.host(i), linkRate))
	}
	for _, line := range lines {
		if text, err := exec.Command("sh", "-c", line).CombinedOutput(); err != nil {
			c.remove(machines)
			return nil, fmt.Errorf("%s: %w: %s", line, err, firstLine(string(text)))
		}
	}
	return c, nil
}

func (c *cluster) remove(machines int) {
	for i := range machines {
		_ = exec.Command("ip", "netns", "del", c.host(i)).Run() // it may not have come to it
	}
	_ = exec.Command("ip", "netns", "del", c.hub()).Run()
}

// by starts a process on each of the first n machines, with Open MPI over TCP. The launcher stands at the switch, where all reach it.
func (c *cluster) by(l disttest.Launcher, n int) starter {
	return func(ctx context.Context, argv ...string) *exec.Cmd {
		launch := l.Command(ctx, 1)
		args := []string{"netns", "exec", c.hub(), launch.Path, "--oversubscribe", "--bind-to", "none",
			"--mca", "btl", "tcp,self", "--mca", "btl_tcp_if_include", "10.231.0.0/24"}
		for i := range n {
			if i > 0 {
				args = append(args, ":")
			}
			args = append(args, "-np", "1", "ip", "netns", "exec", c.host(i))
			args = append(args, argv...)
		}
		cmd := exec.CommandContext(ctx, "ip", args...)
		cmd.Env = append(launch.Env, "PMIX_MCA_ptl_tcp_if_include=hub")
		cmd.WaitDelay = launch.WaitDelay
		return cmd
	}
}

// openMPI is its launcher.
func openMPI() (l disttest.Launcher, err error) {
	all := disttest.Launchers()
	at := slices.IndexFunc(all, func(l disttest.Launcher) bool { return l.Name == "Open MPI" })
	if text := all[at].Missing(); text != "" {
		return l, errors.New(text)
	}
	return all[at], nil
}

// emulate holds the model to machines that are namespaces of this one, over a slow link.
func emulate(ctx context.Context, out io.Writer, profiles []*profile, during time.Duration) error {
	l, err := openMPI()
	if err != nil {
		fmt.Fprintf(out, "Left out: the emulated link: %v\n\n", err)
		return nil
	}
	machines := slices.Max(emulated)
	c, err := newCluster(machines)
	if err != nil {
		fmt.Fprintf(out, "Left out: the emulated link, which needs root on Linux and network namespaces: %v\n\n", err)
		return nil
	}
	defer c.remove(machines)
	r, err := job{Do: "sums", Threads: 1, Seconds: turnsOfSums * during.Seconds()}.start(ctx, c.by(l, 2))
	if err != nil {
		return fmt.Errorf("the emulated link: %w", err)
	}
	link := fit(strings.Replace(linkRate, "gbit", " Gbit/s", 1), r.Summed)
	fmt.Fprintf(out, "### The model held to a link of %s: %d namespaces of this machine, Open MPI over TCP\n\nOf sums over two of them: α %.3g µs, β %.3g ns a byte\n\n",
		link.name, machines, link.alpha, link.beta)
	t := report.Table{Header: []string{"net", "processes", "predicted, ms a step", "measured", "measured / predicted"}}
	for _, p := range profiles {
		for _, n := range emulated {
			crowd := max(1, float64(n)/float64(runtime.NumCPU()))
			predicted := p.step(float64(p.net.batch)/float64(n), n, link, crowd)
			r, err := job{Do: "train", Net: p.net.name, Threads: 1, Seconds: during.Seconds(), Messages: true}.start(ctx, c.by(l, n))
			if err != nil {
				return fmt.Errorf("%s over the emulated link, %d processes: %w", p.net.name, n, err)
			}
			t.Add(p.net.name, strconv.Itoa(n), fmt.Sprintf("%.4g", predicted), fmt.Sprintf("%.4g", r.MS), fmt.Sprintf("%.2f", r.MS/predicted))
		}
	}
	t.Write(out)
	fmt.Fprintln(out)
	return nil
}
