package bench

import (
	"runtime"
	"testing"

	"stheno/backend"
	_ "stheno/backend/cpu"
	_ "stheno/backend/cuda"
	"stheno/models"

	"gorgonia.org/tensor"
)

// Engines are the engines that the comparison knows, whether or not this build and machine have them.
var Engines = []string{"go", "blas", "cuda"}

// jobs are the nets and batches that the benchmarks cover.
var jobs = []Job{
	Main,
	{[]int{50}, 100, tensor.Float64},
	{[]int{50}, 1, tensor.Float32},
	{[]int{512}, 100, tensor.Float32},
	{[]int{1024}, 1024, tensor.Float32},
}

// All runs every benchmark on every engine; one that is missing is skipped by name.
func All(b *testing.B) {
	for _, name := range Engines {
		b.Run("backend="+name, func(b *testing.B) {
			e, err := backend.Open(name)
			if err != nil {
				b.Skipf("no engine %s: %v", name, err)
			}
			defer e.Close()
			for _, j := range jobs {
				b.Run("step/"+j.String(), func(b *testing.B) { step(b, e, j) })
			}
			for _, j := range []Job{{Main.Hidden, 500, Main.DType}, {Main.Hidden, 1, Main.DType}} { // accuracies; one sample
				b.Run("predict/"+j.String(), func(b *testing.B) { predict(b, e, j) })
			}
			b.Run("numerical/"+numericalJob.String(), func(b *testing.B) { numerical(b, e) })
			b.Run("compile/"+Main.String(), func(b *testing.B) { compile(b, e) })
		})
	}
	b.Run("tape/step/"+Main.String(), func(b *testing.B) { tapeStep(b, Main) })
}

// report adds milliseconds and, where the work is a product, GFLOP/s.
func report(b *testing.B, flops int) {
	seconds := b.Elapsed().Seconds() / float64(b.N)
	b.ReportMetric(seconds*1e3, "ms/op")
	if flops > 0 {
		b.ReportMetric(float64(flops)/seconds/1e9, "GFLOP/s")
	}
	b.ReportMetric(0, "ns/op") // ms/op says it
}

func step(b *testing.B, e backend.Engine, j Job) {
	r, err := NewRunner(e, j)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	for range 3 {
		if _, err := r.Step(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() { // on one batch: bringing another is not part of a step
		if _, err := r.Work(); err != nil {
			b.Fatal(err)
		}
	}
	report(b, j.StepFlops())
}

func tapeStep(b *testing.B, j Job) {
	tp, err := NewTape(j)
	if err != nil {
		b.Fatal(err)
	}
	defer tp.Close()
	b.ReportAllocs()
	if err := tp.Load(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := tp.Work(); err != nil {
			b.Fatal(err)
		}
	}
	report(b, j.StepFlops())
}

// predict is the forward pass: 500 images are what accuracies are taken with, one is a prediction's latency.
func predict(b *testing.B, e backend.Engine, j Job) {
	r, err := NewRunner(e, j)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	p, err := r.Model.Program("scores", j.Batch)
	if err != nil {
		b.Fatal(err)
	}
	if err := p.Var("x").Write(r.xs[0]); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Run(); err != nil {
			b.Fatal(err)
		}
	}
	report(b, j.forwardFlops())
}

// numericalJob is the gradient check's: float64, and small enough that one whole gradient is a benchmark.
var numericalJob = Job{[]int{50}, 100, tensor.Float64}

// numericalElements is how many parameters one operation of the numerical benchmark differentiates.
const numericalElements = 200

func numerical(b *testing.B, e backend.Engine) {
	nu, err := NewNumerical(e, numericalJob)
	if err != nil {
		b.Skip(err)
	}
	defer nu.Close()
	for b.Loop() {
		if err := nu.Run(numericalElements); err != nil {
			b.Fatal(err)
		}
	}
	report(b, 2*numericalElements*numericalJob.forwardFlops())
}

// compile is the time from nodes to a program that can run.
func compile(b *testing.B, e backend.Engine) {
	seq := sequence(42)
	net, err := Main.net(&seq)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		m, err := models.New(net, e, Main.DType)
		if err != nil {
			b.Fatal(err)
		}
		s, err := m.Step(Main.Batch, models.SGD{})
		if err != nil {
			b.Fatal(err)
		}
		s.Close()
		m.Close()
	}
	report(b, 0)
	runtime.KeepAlive(net)
}
