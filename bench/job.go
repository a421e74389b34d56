// Package bench times Stheno's engines on the chapter's work and compares them with other ways of doing it.
//
//	go test -bench . ./bench        every engine: step, evaluation, one sample, numerical gradient, products, compilation
//	go run ./bench/compare          ratios against other programs, measured in turn in one run
//
// The other programs are in bench/peers, the work that all do is in bench/work. A time is never a test's verdict.
package bench

import (
	"fmt"
	"slices"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/bench/work"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// Job is a training job on made-up images: 784 pixels, ten classes.
type Job struct {
	Net     string // a net with convolutions, of ConvNets; empty for affine layers
	Forward bool   // the forward pass alone, of a net with convolutions
	Hidden  []int
	Batch   int
	DType   tensor.Dtype
	Dense   bool // no pixel is zero; else four fifths are, as in MNIST
}

// Main is the chapter's job: 784-50-10, batch 100, float32.
var Main = Job{Hidden: []int{50}, Batch: 100, DType: tensor.Float32}

const (
	pixels  = 784
	classes = 10
	// GateSteps is after how many steps from the same start the losses of all peers must agree.
	GateSteps = work.GateSteps
)

// Spec is the job as peers are told it.
func (j Job) Spec() work.Spec {
	s := work.Spec{
		Name: j.Net, Forward: j.Forward, Widths: slices.Concat([]int{pixels}, j.Hidden, []int{classes}),
		Batch: j.Batch, DType: j.DType.String(), Pixels: work.Digits, Threads: 1,
	}
	if j.Dense {
		s.Pixels = work.Dense
	}
	return s
}

// JobOf is the job of a peer's arguments.
func JobOf(s work.Spec) (Job, error) {
	last := len(s.Widths) - 1
	if s.Widths[0] != pixels || s.Widths[last] != classes {
		return Job{}, fmt.Errorf("net %s: want %d inputs and %d classes", s.Net(), pixels, classes)
	}
	j := Job{Net: s.Name, Forward: s.Forward, Hidden: s.Widths[1:last], Batch: s.Batch, DType: tensor.Float32, Dense: s.Pixels == work.Dense}
	if s.DType == "float64" {
		j.DType = tensor.Float64
	}
	return j, nil
}

// String is the job in the key=value form that benchstat groups by.
func (j Job) String() string {
	spec := j.Spec()
	spec.Forward = false
	s := fmt.Sprintf("net=%s/batch=%d/dtype=%v", spec.Net(), j.Batch, j.DType)
	if j.Dense {
		s += "/pixels=" + work.Dense
	}
	return s
}

// net is the job's network with weights from the shared sequence.
func (j Job) net(seq *work.Sequence) (models.Net, error) {
	if j.Net != "" {
		return convNet(j.Net, seq)
	}
	net, err := models.MLP{Widths: j.Spec().Widths}.Net()
	for i, p := range net.Params {
		if len(p.Shape) == 2 {
			net.Params[i].Init = seq.Weights(p.Size())
		}
	}
	return net, err
}

// start is the network and the batches that all programs have.
func (j Job) start() (net models.Net, xs, ts []*tensor.Dense, err error) {
	seq := work.Start
	if net, err = j.net(&seq); err != nil {
		return net, nil, nil, err
	}
	for range work.Batches {
		x, t := seq.Draw(j.Spec())
		xs = append(xs, dense(j.DType, x, j.Batch, pixels))
		ts = append(ts, dense(j.DType, t, j.Batch, classes))
	}
	return net, xs, ts, nil
}

func dense(dt tensor.Dtype, v []float64, shape ...int) *tensor.Dense {
	if dt == tensor.Float64 {
		return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(v))
	}
	f := make([]float32, len(v))
	for i, x := range v {
		f[i] = float32(x)
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(f))
}

// Trainer is a job that can be timed.
type Trainer interface {
	work.Trainer
	Close()
}

// New puts a job on an engine, with the start and the batches that all peers have.
func New(e backend.Engine, j Job) (Trainer, error) {
	if j.Net != "" {
		return newConv(e, j)
	}
	return NewRunner(e, j)
}

// batches are what a job goes round, as slices of its type.
type batches struct {
	xs, ts []any
	at     int
}

func newBatches(xs, ts []*tensor.Dense) (b batches) {
	for i := range xs {
		b.xs, b.ts = append(b.xs, xs[i].Data()), append(b.ts, ts[i].Data())
	}
	return b
}

func (b *batches) next() (x, t any) {
	i := b.at % work.Batches
	b.at++
	return b.xs[i], b.ts[i]
}

// Runner is a job of affine layers on an engine, with its batches ready in memory.
type Runner struct {
	Job   Job
	Model *models.Model
	step  *models.Step
	batches
}

// NewRunner puts the job on an engine, with the start and the batches that all peers have.
func NewRunner(e backend.Engine, j Job) (*Runner, error) {
	net, xs, ts, err := j.start()
	if err != nil {
		return nil, err
	}
	r := &Runner{Job: j, batches: newBatches(xs, ts)}
	if r.Model, err = models.New(net, e, j.DType); err != nil {
		return nil, err
	}
	return r, r.Recompile()
}

// Recompile builds the step's graph and its program again.
func (r *Runner) Recompile() error {
	step, err := r.Model.Step(r.Job.Batch, models.SGD{})
	if err != nil {
		return err
	}
	if r.step != nil {
		r.step.Close()
	}
	r.step = step
	return r.step.SetLR(r.Job.Spec().LearningRate())
}

// Step does the next training step and returns the loss after it.
func (r *Runner) Step() (float64, error) {
	if err := r.Load(); err != nil {
		return 0, err
	}
	return r.Work()
}

// Load brings the next batch to the engine. The clock does not run while it does, for any peer.
func (r *Runner) Load() error {
	x, t := r.next()
	if err := r.step.X.Write(x); err != nil {
		return err
	}
	return r.step.T.Write(t)
}

// Work is gradient, update, and the loss after it.
func (r *Runner) Work() (float64, error) {
	if err := r.step.Run(); err != nil {
		return 0, err
	}
	return r.step.Loss()
}

// Close frees the model.
func (r *Runner) Close() {
	r.step.Close()
	r.Model.Close()
}
