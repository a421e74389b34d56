package main

import (
	"strings"

	"github.com/stheno/stheno/bench"

	"gorgonia.org/tensor"
)

// job is one of the jobs that programs are compared on.
type job struct {
	title    string
	job      bench.Job
	expected float64 // the loss after work.GateSteps steps, by bench/peers/python/numpy_step.py in float64
	quick    bool
}

var jobTable = []job{
	{"The main job: 784-50-10, batch 100, float32; a step is gradient, update and loss", bench.Main, 2.2943998421, true},
	{"The main job in float64", bench.Job{Hidden: []int{50}, Batch: 100, DType: tensor.Float64}, 2.2943998421, true},
	{"The main job with no zero pixel, float32", bench.Job{Hidden: []int{50}, Batch: 100, DType: tensor.Float32, Dense: true}, 2.2944790336, false},
	{"784-512-10, batch 100, float32", bench.Job{Hidden: []int{512}, Batch: 100, DType: tensor.Float32}, 2.2938941770, false},
	{"784-1024-10, batch 1024, float32", bench.Job{Hidden: []int{1024}, Batch: 1024, DType: tensor.Float32}, 2.6319735348, false},
	{"784-1024-1024-10, batch 1024, float32", bench.Job{Hidden: []int{1024, 1024}, Batch: 1024, DType: tensor.Float32}, 2.5659779476, false},
	{"784-50-10, one sample a step, float32", bench.Job{Hidden: []int{50}, Batch: 1, DType: tensor.Float32}, 1.0782945410, false},
}

// tolerance is how far losses may be apart after the same first steps: what float32 rounds off, and the 1e-7 inside of the
// book's logarithm, which PyTorch and JAX do not have.
const tolerance = 5e-6

// jobsOf are the jobs whose title has this in it; without it, all, or the few of a quick run.
func jobsOf(title string, quick bool) (list []job) {
	for _, j := range jobTable {
		if strings.Contains(j.title, title) && (j.quick || !quick || title != "") {
			list = append(list, j)
		}
	}
	return list
}

func (c *comparer) jobs() error {
	for _, j := range jobsOf(c.job, c.quick) {
		s := j.job.Spec()
		c.compare(j.title, s, unit{"steps", "ms a step", 1, float64(s.StepFlops())}, j.expected, c.programs)
	}
	return nil
}

// numerical is the numerical gradient, in float64: the time of one loss evaluation, of which the whole gradient of the
// main job's net has 79,520. A program may use all cores for it.
func (c *comparer) numerical() error {
	j := jobTable[1]
	s := j.job.Spec()
	var programs []program
	for _, p := range c.programs {
		if p.evaluations {
			programs = append(programs, p)
		}
	}
	c.compare("The numerical gradient: 784-50-10, batch 100, float64; one of its 79,520 loss evaluations", s,
		unit{"evaluations", "µs an evaluation", 1e3, float64(s.ForwardFlops())}, j.expected, programs)
	return nil
}

// engines are our own.
func (c *comparer) engines() (own []program) {
	for _, p := range c.programs {
		if strings.HasPrefix(p.name, "Stheno, ") {
			own = append(own, p)
		}
	}
	return own
}
