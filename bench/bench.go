package bench

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"
	_ "github.com/stheno/stheno/backend/cuda"
	"github.com/stheno/stheno/bench/peak"
	"github.com/stheno/stheno/bench/work"
	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// Engines are the engines that the comparison knows, whether or not this build and machine have them.
var Engines = []string{"go", "blas", "cuda"}

// The grid of the benchmarks.
var (
	nets       = [][]int{{50}, {512}, {1024, 1024}}
	batchSizes = []int{1, 100, 1024} // predicting a batch of one is a latency
	dtypes     = []tensor.Dtype{tensor.Float32, tensor.Float64}
)

// All runs every benchmark on every engine; one that is missing is skipped by name.
func All(b *testing.B) {
	for _, name := range Engines {
		b.Run("backend="+name, func(b *testing.B) {
			e, err := backend.Open(name)
			if err != nil {
				b.Skipf("no engine %s: %v", name, err)
			}
			defer e.Close()
			grid(func(j Job) { training(b, e, j) })
			for _, dt := range []ir.DType{ir.Float32, ir.Float64} {
				for _, p := range Products {
					b.Run("op=gemm/shape="+p.String()+"/dtype="+dt.String(), func(b *testing.B) { product(b, e, p, dt) })
				}
			}
			b.Run("op=numerical/"+numericalJob.String(), func(b *testing.B) { numerical(b, e) })
			for _, g := range Graphs {
				b.Run("op=graph/graph="+g.Name, func(b *testing.B) { graphStep(b, e, g) })
			}
			for _, j := range convJobs {
				b.Run(convName(j), func(b *testing.B) { units(b, j, func() (Trainer, error) { return New(e, j) }) })
			}
			for _, hidden := range nets {
				j := Job{Hidden: hidden, Batch: Main.Batch, DType: Main.DType}
				b.Run("op=compile/"+j.String(), func(b *testing.B) { compile(b, e, j) })
			}
		})
	}
	for _, dt := range dtypes {
		j := Job{Hidden: Main.Hidden, Batch: Main.Batch, DType: dt}
		b.Run("backend=tapemachine/op=step/"+j.String(), func(b *testing.B) { units(b, j, tapeOf(j)) })
	}
	for _, j := range convJobs {
		b.Run("backend=tapemachine/"+convName(j), func(b *testing.B) { units(b, j, tapeOf(j)) })
	}
}

// convJobs are the jobs of nets with convolutions.
var convJobs = []Job{
	{Net: "convnet", Batch: 100, DType: tensor.Float32},
	{Net: "convnet", Batch: 100, DType: tensor.Float32, Forward: true},
	{Net: "convnet", Batch: 1, DType: tensor.Float32, Forward: true},
	{Net: "simpleconv", Batch: 100, DType: tensor.Float32},
	{Net: "deepconv", Batch: 100, DType: tensor.Float32},
}

// convName is a job's name among the benchmarks: a step or a prediction.
func convName(j Job) string {
	if j.Forward {
		return "op=predict/" + j.String()
	}
	return "op=step/" + j.String()
}

func tapeOf(j Job) func() (Trainer, error) {
	return func() (Trainer, error) { return NewTape(j) }
}

func grid(each func(Job)) {
	for _, hidden := range nets {
		for _, batch := range batchSizes {
			for _, dt := range dtypes {
				each(Job{Hidden: hidden, Batch: batch, DType: dt})
			}
		}
	}
}

// peaks are those of float64 (true) and float32, measured once a process, on all cores at once.
var peaks = map[bool]func() peak.Reading{true: peakOnce(64), false: peakOnce(32)}

func peakOnce(bits int) func() peak.Reading {
	return sync.OnceValue(func() peak.Reading {
		r, _ := peak.Measure(runtime.GOMAXPROCS(0), bits) // 0 where it is unknown
		if r.Disturbed() {
			fmt.Fprintf(os.Stderr, "WARNING: the peak of float%d is not known, and %%peak is left out: others use the machine, which gave its measurement %.0f %% of the cores' time\n", bits, 100*r.Share)
		}
		return r
	})
}

// report adds milliseconds and, where the work is counted in products, GFLOP/s and their share of the FMA peak of all
// cores, which is left out where no peak is known or others used the machine while it was measured. Work that an engine
// need not do, the products with zero pixels, counts as done: a share may be above 100.
func report(b *testing.B, spent time.Duration, flops float64, double bool) {
	seconds := spent.Seconds() / float64(b.N)
	b.ReportMetric(seconds*1e3, "ms/op")
	if flops > 0 {
		rate := flops / seconds / 1e9
		b.ReportMetric(rate, "GFLOP/s")
		if top := peaks[double](); top.GFLOPS > 0 && !top.Disturbed() {
			b.ReportMetric(100*rate/top.GFLOPS, "%peak")
		}
	}
	b.ReportMetric(0, "ns/op") // ms/op says it
}

// training are the step and the prediction of a job. They share the model: its start is the slow part.
func training(b *testing.B, e backend.Engine, j Job) {
	newRunner := sync.OnceValues(func() (*Runner, error) { return NewRunner(e, j) }) // if the benchmark is chosen
	b.Run("op=step/"+j.String(), func(b *testing.B) { step(b, newRunner, j) })
	b.Run("op=predict/"+j.String(), func(b *testing.B) { predict(b, newRunner, j) })
	if r, err := newRunner(); err == nil {
		r.Close()
	}
}

func step(b *testing.B, newRunner func() (*Runner, error), j Job) {
	r, err := newRunner()
	if err != nil {
		b.Fatal(err)
	}
	for range 3 {
		if _, err := r.Step(); err != nil {
			b.Fatal(err)
		}
	}
	trainingSteps(b, r, j)
}

// trainingSteps times steps with a clock of its own: bringing the next batch is not part of a step, and the timer of
// testing.B stops the world each time that it is stopped.
func trainingSteps(b *testing.B, t work.Trainer, j Job) {
	b.ReportAllocs()
	var spent time.Duration
	for b.Loop() {
		if err := t.Load(); err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		if _, err := t.Work(); err != nil {
			b.Fatal(err)
		}
		spent += time.Since(began)
	}
	report(b, spent, float64(j.Spec().StepFlops()), j.DType == tensor.Float64)
}

// units times what a new trainer does: steps, or forward passes.
func units(b *testing.B, j Job, start func() (Trainer, error)) {
	t, err := start()
	if err != nil {
		b.Fatal(err)
	}
	defer t.Close()
	for range 2 {
		if err := t.Load(); err != nil {
			b.Fatal(err)
		}
		if _, err := t.Work(); err != nil {
			b.Fatal(err)
		}
	}
	trainingSteps(b, t, j)
}

// predict is the forward pass up to the scores, which accuracies are taken with.
func predict(b *testing.B, newRunner func() (*Runner, error), j Job) {
	r, err := newRunner()
	if err != nil {
		b.Fatal(err)
	}
	p, err := r.Model.Program("scores", j.Batch)
	if err != nil {
		b.Fatal(err)
	}
	x := p.Var("x")
	if err := x.Write(r.xs[0]); err != nil {
		b.Fatal(err)
	}
	if err := p.Run(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Run(); err != nil {
			b.Fatal(err)
		}
	}
	report(b, b.Elapsed(), float64(j.Spec().ForwardFlops()), j.DType == tensor.Float64)
}

func product(b *testing.B, e backend.Engine, p Product, dt ir.DType) {
	x, err := p.Program(e, dt)
	if err != nil {
		b.Fatal(err)
	}
	defer x.Close()
	b.ReportAllocs()
	for b.Loop() {
		if err := x.Run(); err != nil {
			b.Fatal(err)
		}
	}
	report(b, b.Elapsed(), p.Flops(), dt == ir.Float64)
}

// numericalJob is the gradient check's: float64, and small enough that one whole gradient is a benchmark.
var numericalJob = Job{Hidden: []int{50}, Batch: 100, DType: tensor.Float64}

// numericalElements is how many parameters one operation of the numerical benchmark differentiates.
const numericalElements = 200

func numerical(b *testing.B, e backend.Engine) {
	nu, err := NewNumerical(e, numericalJob)
	if err != nil {
		b.Skip(err)
	}
	defer nu.Close()
	b.ReportAllocs()
	for b.Loop() {
		if err := nu.Run(numericalElements); err != nil {
			b.Fatal(err)
		}
	}
	report(b, b.Elapsed(), float64(2*numericalElements*numericalJob.Spec().ForwardFlops()), true)
}

// compile is the time from nodes to a program that can run.
func compile(b *testing.B, e backend.Engine, j Job) {
	net, _, _, err := Job{Hidden: j.Hidden, Batch: 1, DType: j.DType}.start()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		m, err := models.New(net, e, j.DType)
		if err != nil {
			b.Fatal(err)
		}
		s, err := m.Step(j.Batch, models.SGD{})
		if err != nil {
			b.Fatal(err)
		}
		s.Close()
		m.Close()
	}
	report(b, b.Elapsed(), 0, false)
	runtime.KeepAlive(net)
}
