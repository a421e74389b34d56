package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"stheno/backend"
	_ "stheno/backend/cpu"
	"stheno/bench"

	"gorgonia.org/tensor"
)

// peers are the other programs that this machine can run.
type peers struct {
	dir     string            // of what was built
	c       map[string]string // binary by type
	python  string
	missing []string
}

func findPeers() (*peers, error) {
	dir, err := os.MkdirTemp("", "stheno-compare")
	if err != nil {
		return nil, err
	}
	p := &peers{dir: dir, c: map[string]string{}}
	if _, err := os.Stat("bench/peers/c/step.c"); err != nil {
		return nil, fmt.Errorf("bench/peers is not here: run it from the top of the repository")
	}
	for dtype, real := range map[string]string{"float32": "float", "float64": "double"} {
		bin := filepath.Join(dir, "step-"+dtype)
		cmd := exec.Command("gcc", "-O3", "-march=native", "-ffast-math", "-DREAL="+real, "bench/peers/c/step.c", "-o", bin, "-lopenblas", "-lm")
		if err := cmd.Run(); err != nil {
			p.missing = append(p.missing, "C on OpenBLAS ("+dtype+"): it does not build; Debian: apt-get install gcc libopenblas-dev")
			continue
		}
		p.c[dtype] = bin
	}
	for _, py := range []string{"/usr/bin/python3", "python3"} { // Debian's NumPy is the one on the same OpenBLAS
		if exec.Command(py, "-c", "import numpy").Run() == nil {
			p.python = py
			break
		}
	}
	if p.python == "" {
		p.missing = append(p.missing, "NumPy: not found; Debian: apt-get install python3-numpy libopenblas0")
	}
	return p, nil
}

func (p *peers) close() { os.RemoveAll(p.dir) }

// entries are all programs for one job, NumPy first where it is there: the ratios are against the first.
func (p *peers) entries(j bench.Job, steps int, tape bool) (es []entry, closeAll func()) {
	dtype := j.DType.String()
	sizes := []string{strconv.Itoa(j.Hidden[0]), strconv.Itoa(j.Batch), strconv.Itoa(steps), "1"}
	if p.python != "" {
		for _, threads := range []string{"1", "2"} {
			args := append(append([]string{"bench/peers/numpy/step.py"}, sizes...), dtype)
			es = append(es, entry{"NumPy, " + threads + " thread", func() (sample, error) { return p.exec(threads, p.python, args...) }})
		}
	}
	if bin := p.c[dtype]; bin != "" {
		for _, threads := range []string{"1", "2"} {
			es = append(es, entry{"C on OpenBLAS, " + threads + " thread", func() (sample, error) {
				return p.exec(threads, bin, append(append([]string{}, sizes...), threads)...)
			}})
		}
	}
	var closers []func()
	for _, name := range bench.Engines {
		e, err := backend.Open(name)
		if err != nil {
			continue // named in the table's absence by the README; the benchmarks skip it by name
		}
		r, err := bench.NewRunner(e, j)
		if err != nil {
			es = append(es, entry{"Stheno, " + name, func() (sample, error) { return sample{}, err }})
			continue
		}
		closers = append(closers, func() { r.Close(); e.Close() })
		es = append(es, entry{"Stheno, " + name, stepper(r, steps)})
	}
	if tape {
		tp, err := bench.NewTape(j)
		if err == nil {
			closers = append(closers, tp.Close)
			es = append(es, entry{"Gorgonia's TapeMachine, pure Go", stepper(tp, steps/10)})
		}
	}
	return es, func() {
		for _, c := range closers {
			c()
		}
	}
}

// worker is a training job that can be timed: Load brings a batch, Work does a step on it.
type worker interface {
	Load() error
	Work() (loss float64, err error)
}

// stepper times the work of steps; the loss after the first ones is its gate.
func stepper(w worker, steps int) func() (sample, error) {
	done, gate := 0, math.NaN()
	one := func() (spent time.Duration, loss float64, err error) {
		if err := w.Load(); err != nil {
			return 0, 0, err
		}
		began := time.Now()
		loss, err = w.Work()
		return time.Since(began), loss, err
	}
	return func() (sample, error) {
		for ; done < bench.GateSteps; done++ {
			_, loss, err := one()
			if err != nil {
				return sample{}, err
			}
			gate = loss
		}
		var total time.Duration
		for range steps {
			spent, _, err := one()
			if err != nil {
				return sample{}, err
			}
			total += spent
		}
		return sample{total.Seconds() * 1e3 / float64(steps), gate}, nil
	}
}

// exec runs a peer and reads its JSON line.
func (p *peers) exec(threads, name string, args ...string) (sample, error) {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "OPENBLAS_NUM_THREADS="+threads, "OMP_NUM_THREADS="+threads)
	out, err := cmd.Output()
	if err != nil {
		return sample{}, fmt.Errorf("%s failed: %v", filepath.Base(name), err)
	}
	var line struct {
		MS         float64 `json:"ms"`
		Gate       float64 `json:"gate_loss"`
		Evaluation float64 `json:"evaluation_us"`
	}
	if err := json.Unmarshal(out, &line); err != nil {
		return sample{}, fmt.Errorf("%s printed no JSON: %v", filepath.Base(name), err)
	}
	if line.Evaluation > 0 {
		return sample{line.Evaluation, 0}, nil
	}
	return sample{line.MS, line.Gate}, nil
}

// numerical are the programs that evaluate the loss for a numerical gradient; the time is a loss evaluation's, with all
// cores at work where the program uses them.
func (p *peers) numerical(evaluations int) (es []entry, closeAll func()) {
	j := bench.Job{Hidden: []int{50}, Batch: 100, DType: tensor.Float64}
	if p.python != "" {
		for _, threads := range []string{"1", "2"} {
			args := []string{"bench/peers/numpy/step.py", "50", "100", "1", "1", "float64", "numerical", strconv.Itoa(evaluations)}
			es = append(es, entry{"NumPy, " + threads + " thread", func() (sample, error) { return p.exec(threads, p.python, args...) }})
		}
	}
	var closers []func()
	for _, name := range bench.Engines {
		e, err := backend.Open(name)
		if err != nil {
			continue
		}
		n, err := bench.NewNumerical(e, j)
		if err != nil {
			es = append(es, entry{"Stheno, " + name, func() (sample, error) { return sample{}, err }})
			continue
		}
		closers = append(closers, func() { n.Close(); e.Close() })
		es = append(es, entry{"Stheno, " + name, func() (sample, error) {
			began := time.Now()
			err := n.Run(evaluations / 2)
			return sample{time.Since(began).Seconds() * 1e6 / float64(evaluations), 0}, err
		}})
	}
	return es, func() {
		for _, c := range closers {
			c()
		}
	}
}
