package main

import (
	"slices"
	"strings"

	"github.com/stheno/stheno/bench"
	"github.com/stheno/stheno/bench/report"

	"gorgonia.org/tensor"
)

// job is one of the jobs that programs are compared on.
type job struct {
	title    string
	job      bench.Job
	expected float64 // the loss after work.GateSteps steps, in float64: by bench/peers/python/numpy_step.py, of nets with convolutions by torch_conv.py
	quick    bool
	one      bool // all programs have one thread
}

// The jobs of the convnet of Gorgonia's examples. A step of a net with convolutions is gradient and update, and has the loss that the
// gradient is of.
var (
	convStep    = bench.Job{Net: "convnet", Batch: 100, DType: tensor.Float32}
	convForward = bench.Job{Net: "convnet", Forward: true, Batch: 100, DType: tensor.Float32}
	convImage   = bench.Job{Net: "convnet", Forward: true, Batch: 1, DType: tensor.Float32}
)

var jobTable = []job{
	{"The main job: 784-50-10, batch 100, float32; a step is gradient, update and loss", bench.Main, 2.2943998421, true, false},
	{"The main job in float64", bench.Job{Hidden: []int{50}, Batch: 100, DType: tensor.Float64}, 2.2943998421, true, false},
	{"The main job with no zero pixel, float32", bench.Job{Hidden: []int{50}, Batch: 100, DType: tensor.Float32, Dense: true}, 2.2944790336, false, false},
	{"784-512-10, batch 100, float32", bench.Job{Hidden: []int{512}, Batch: 100, DType: tensor.Float32}, 2.2938941770, false, false},
	{"784-1024-10, batch 1024, float32", bench.Job{Hidden: []int{1024}, Batch: 1024, DType: tensor.Float32}, 2.6319735348, false, false},
	{"784-1024-1024-10, batch 1024, float32", bench.Job{Hidden: []int{1024, 1024}, Batch: 1024, DType: tensor.Float32}, 2.5659779476, false, false},
	{"784-50-10, one sample a step, float32", bench.Job{Hidden: []int{50}, Batch: 1, DType: tensor.Float32}, 1.0782945410, false, false},
	{"Gorgonia's convnet, a step, batch 100, float32", convStep, 2.4662194731, false, false},
	{"Gorgonia's convnet, a step, batch 100, float32, one thread", convStep, 2.4662194731, false, true},
	{"Gorgonia's convnet, forward, batch 100, float32", convForward, 2.9845032118, false, false},
	{"Gorgonia's convnet, forward, batch 100, float32, one thread", convForward, 2.9845032118, false, true},
	{"Gorgonia's convnet, forward, one image, float32", convImage, 1.0538626581, false, false},
	{"Gorgonia's convnet, forward, one image, float32, one thread", convImage, 1.0538626581, false, true},
	{"SimpleConvNet, a step, batch 100, float32", bench.Job{Net: "simpleconv", Batch: 100, DType: tensor.Float32}, 2.4096474478, false, false},
	{"DeepConvNet without dropout, a step, batch 100, float32", bench.Job{Net: "deepconv", Batch: 100, DType: tensor.Float32}, 2.4121889948, false, false},
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
		programs := c.able(s)
		if j.one {
			programs = onOneThread(programs)
		}
		label := "ms a step"
		if s.Forward {
			label = "ms a pass"
		}
		c.compare(j.title, s, unit{"steps", label, 1, float64(s.StepFlops())}, j.expected, programs)
	}
	return nil
}

// onOneThread are programs that are tried with one thread only.
func onOneThread(programs []program) []program {
	out := slices.Clone(programs)
	for i := range out {
		out[i].threads = []int{1}
	}
	return out
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
		if strings.HasPrefix(p.name, report.Own) {
			own = append(own, p)
		}
	}
	return own
}
