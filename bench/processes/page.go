package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/stheno/stheno/bench/report"
	"github.com/stheno/stheno/dist/disttest"
)

// How many turns' time the sums of all sizes, and the parts of all sizes, are measured for.
const (
	turnsOfSums  = 8
	turnsOfParts = 16
)

// tellMachine says what the run is made on, and whether others use it.
func tellMachine(out io.Writer) {
	load, _ := os.ReadFile("/proc/loadavg") // nothing where there is none
	fmt.Fprintf(out, "%s, %d cores, load average %s, %s, %s\n\n", report.CPUInfo("model name"), runtime.NumCPU(),
		strings.Join(strings.Fields(string(load) + " ? ? ?")[:3], " "), runtime.Version(), time.Now().Format("2006-01-02"))
}

// model measures what a step is made of, and prints what it comes to on networks.
func (o *options) model(ctx context.Context, out io.Writer) error {
	tellMachine(out)
	host, err := hostOf(ctx, out, o.time)
	if err != nil {
		return err
	}
	var profiles []*profile
	for i := range o.nets {
		n := &o.nets[i]
		r, err := job{Do: "compute", Net: n.name, Threads: 1, Seconds: turnsOfParts * o.time.Seconds()}.start(ctx, nil)
		if err != nil {
			return fmt.Errorf("%s: %w", n.name, err)
		}
		profiles = append(profiles, &profile{n, r.Computed, host})
	}
	for _, p := range profiles {
		p.tellParts(out)
		p.tellPrediction(out)
	}
	tellLimits(out, profiles)
	if o.emulate {
		return emulate(ctx, out, profiles, o.time)
	}
	return nil
}

// hostOf measures sums between two processes of this machine over each MPI, prints them, and gives what the quickest spends a byte, in ns.
func hostOf(ctx context.Context, out io.Writer, turn time.Duration) (host float64, err error) {
	fmt.Fprintf(out, "### Sums over two processes of this machine, µs, the quickest tenth\n\n")
	t := report.Table{Header: []string{"numbers of float32"}}
	var all [][]summed
	for _, l := range disttest.Launchers() {
		if text := l.Missing(); text != "" {
			fmt.Fprintf(out, "Left out: %s\n\n", text)
			continue
		}
		r, err := job{Do: "sums", Threads: 1, Seconds: turnsOfSums * turn.Seconds()}.start(ctx, by(l, 2))
		if err != nil {
			return 0, fmt.Errorf("%s: %w", l.Name, err)
		}
		t.Header = append(t.Header, l.Name+": NewTree", "the library's own")
		all = append(all, r.Summed)
		here := fit(l.Name, r.Summed)
		if host == 0 || here.beta < host {
			host = here.beta
		}
		fmt.Fprintf(out, "%s: α %.2f µs a message, β %.3f ns a byte\n\n", here.name, here.alpha, here.beta)
	}
	if len(all) == 0 {
		return 0, fmt.Errorf("no MPI is here to measure sums with: apt-get install openmpi-bin, or mpich")
	}
	for i, n := range sizes {
		cells := []string{strconv.Itoa(n)}
		for _, list := range all {
			cells = append(cells, fmt.Sprintf("%.4g", list[i].Tree), fmt.Sprintf("%.4g", list[i].Sum))
		}
		t.Add(cells...)
	}
	t.Write(out)
	fmt.Fprintln(out)
	return host, nil
}

func (p *profile) tellParts(out io.Writer) {
	fmt.Fprintf(out, "### %s: one process's part of a step, ms of a core\n\n", p.net.name)
	t := report.Table{Header: []string{"samples", "gradient", "update", "loss", "together", "a step of one process alone"}}
	for _, c := range p.parts {
		t.Add(strconv.Itoa(c.Samples), fmt.Sprintf("%.3f", c.Gradient), fmt.Sprintf("%.3f", c.Update), fmt.Sprintf("%.3f", c.Loss),
			fmt.Sprintf("%.3f", c.Gradient+c.Update+c.Loss), fmt.Sprintf("%.3f", c.Whole))
	}
	t.Write(out)
	fmt.Fprintln(out)
}

// most processes that are predicted.
const mostPredicted = 1024

func (p *profile) tellPrediction(out io.Writer) {
	fmt.Fprintf(out, "### %s: predicted\n\n", p.net.name)
	t := report.Table{Header: []string{"processes"}}
	for _, on := range networks {
		t.Header = append(t.Header, on.name+": one batch, ms a step", "times as fast", "a batch each, ms a step", "times as fast")
	}
	for n := 2; n <= mostPredicted; n *= 2 {
		cells := []string{strconv.Itoa(n)}
		for _, on := range networks {
			ms, times := p.strong(n, on)
			if ms > 0 {
				cells = append(cells, fmt.Sprintf("%.4g", ms), fmt.Sprintf("%.2f", times))
			} else {
				cells = append(cells, "too few samples", "")
			}
			ms, times = p.weak(n, on)
			cells = append(cells, fmt.Sprintf("%.4g", ms), fmt.Sprintf("%.1f", times))
		}
		t.Add(cells...)
	}
	t.Write(out)
	fmt.Fprintln(out)
}

// tellLimits prints where more processes, and smaller sums, do not pay.
func tellLimits(out io.Writer, profiles []*profile) {
	fmt.Fprintf(out, "### Limits\n\n")
	t := report.Table{Header: []string{"one batch is shared, a process is worth half of one alone", "network", "up to processes", "down to samples of each"}}
	for _, p := range profiles {
		for _, on := range networks {
			n := p.pays(on)
			t.Add(p.net.name, on.name, strconv.Itoa(n), fmt.Sprintf("%.4g", float64(p.net.batch)/float64(n)))
		}
	}
	t.Write(out)
	fmt.Fprintln(out)
	t = report.Table{Header: []string{"latency is under a tenth of a sum's time from", "2 processes", "32", "1,024"}}
	for _, on := range networks {
		cells := []string{on.name}
		for _, n := range []int{2, 32, 1024} {
			cells = append(cells, fmt.Sprintf("%.3g MB", on.patient(n)/1e6))
		}
		t.Add(cells...)
	}
	t.Write(out)
	fmt.Fprintln(out)
}
