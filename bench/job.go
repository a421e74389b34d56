// Package bench times Stheno's engines on the chapter's work and compares them with other ways of doing it.
//
//	go test -bench . ./bench        every engine: step, evaluation, one sample, numerical gradient, products, compilation
//	go run ./bench/compare          ratios against other programs, measured in turn in one run
//
// The other programs are in bench/peers. A time is never a test's verdict.
package bench

import (
	"fmt"

	"stheno/backend"
	"stheno/models"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Job is a training job on made-up images: 784 pixels, ten classes.
type Job struct {
	Hidden []int
	Batch  int
	DType  tensor.Dtype
}

// Main is the chapter's job: 784-50-10, batch 100, float32.
var Main = Job{Hidden: []int{50}, Batch: 100, DType: tensor.Float32}

const (
	pixels  = 784
	classes = 10
	batches = 8
	rate    = 0.1
	// GateSteps is after how many steps from the same start the losses of all peers must agree.
	GateSteps = 10
)

// String is the job in the key=value form that benchstat groups by.
func (j Job) String() string {
	net := fmt.Sprint(pixels)
	for _, h := range j.Hidden {
		net += fmt.Sprintf("-%d", h)
	}
	return fmt.Sprintf("net=%s-%d/batch=%d/dtype=%v", net, classes, j.Batch, j.DType)
}

// widths are the sizes of the layers.
func (j Job) widths() []int { return append(append([]int{pixels}, j.Hidden...), classes) }

// forwardFlops counts the matrix products of one forward pass; the element-wise work does not count.
func (j Job) forwardFlops() int {
	w, n := j.widths(), 0
	for i := 1; i < len(w); i++ {
		n += 2 * j.Batch * w[i-1] * w[i]
	}
	return n
}

// StepFlops counts the products of gradient, update and the loss after it: forward twice, the gradient of each matrix,
// and what is handed down to each layer but the first.
func (j Job) StepFlops() int {
	w := j.widths()
	return 4*j.forwardFlops() - 2*j.Batch*w[0]*w[1]
}

// sequence is splitmix64 (Steele, Lea and Flood, 2014): the same numbers in every peer.
type sequence uint64

func (s *sequence) next() float64 {
	*s += 0x9E3779B97F4A7C15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return float64((z^z>>31)>>11) * 0x1p-53
}

func (s *sequence) weights(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = (2*s.next() - 1) * 0.017320508075688773
	}
	return out
}

// batch is one mini-batch: four fifths of the pixels are 0, as in MNIST.
func (s *sequence) batch(n int) (x, t []float64) {
	x, t = make([]float64, n*pixels), make([]float64, n*classes)
	for i := range x {
		if u := s.next(); u < 0.2 {
			x[i] = 5 * u
		}
	}
	for i := range n {
		t[i*classes+int(s.next()*classes)] = 1
	}
	return x, t
}

// Runner is a job on an engine, with its batches ready in memory.
type Runner struct {
	Job    Job
	Model  *models.Model
	step   *models.Step
	xs, ts []any // slices of the job's type
	at     int
}

// NewRunner puts the job on an engine, with the start and the batches that all peers have.
func NewRunner(e backend.Engine, j Job) (*Runner, error) {
	seq := sequence(42)
	net, err := j.net(&seq)
	if err != nil {
		return nil, err
	}
	r := &Runner{Job: j}
	if r.Model, err = models.New(net, e, j.DType); err != nil {
		return nil, err
	}
	for range batches {
		x, t := seq.batch(j.Batch)
		r.xs = append(r.xs, dense(j.DType, x, j.Batch, pixels).Data())
		r.ts = append(r.ts, dense(j.DType, t, j.Batch, classes).Data())
	}
	if r.step, err = r.Model.Step(j.Batch, models.SGD{}); err != nil {
		return nil, err
	}
	return r, r.step.SetLR(rate)
}

// net is the job's network with weights from the shared sequence.
func (j Job) net(seq *sequence) (models.Net, error) {
	net, err := models.MLP{Widths: j.widths()}.Net()
	for i, p := range net.Params {
		if len(p.Shape) == 2 {
			net.Params[i].Init = seq.weights(p.Size())
		}
	}
	return net, err
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
	b := r.at % batches
	r.at++
	if err := r.step.X.Write(r.xs[b]); err != nil {
		return err
	}
	return r.step.T.Write(r.ts[b])
}

// Work is gradient, update, and the loss after it.
func (r *Runner) Work() (float64, error) {
	if err := r.step.Run(); err != nil {
		return 0, err
	}
	return r.step.Loss(), nil
}

// Close frees the model.
func (r *Runner) Close() {
	r.step.Close()
	r.Model.Close()
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

// Tape is the job's gradient on Gorgonia's own TapeMachine, with the update and the loss after it as plain as a user of
// Gorgonia writes them.
type Tape struct {
	job     Job
	g       *gorgonia.ExprGraph
	x, t    *gorgonia.Node
	loss    *gorgonia.Node
	learn   gorgonia.Nodes
	train   gorgonia.VM
	solver  gorgonia.Solver
	xs, ts  []*tensor.Dense
	at      int
	forward gorgonia.VM
	fx, ft  *gorgonia.Node
	fl      *gorgonia.Node
	fLearn  gorgonia.Nodes
}

// NewTape builds the graphs: one with the gradient, one for the loss after the update.
func NewTape(j Job) (*Tape, error) {
	seq := sequence(42)
	net, err := j.net(&seq)
	if err != nil {
		return nil, err
	}
	tp := &Tape{job: j, solver: gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(rate))}
	for range batches {
		x, t := seq.batch(j.Batch)
		tp.xs = append(tp.xs, dense(j.DType, x, j.Batch, pixels))
		tp.ts = append(tp.ts, dense(j.DType, t, j.Batch, classes))
	}
	build := func() (g *gorgonia.ExprGraph, x, t, loss *gorgonia.Node, learn gorgonia.Nodes, err error) {
		g = gorgonia.NewGraph()
		x = gorgonia.NewMatrix(g, j.DType, gorgonia.WithShape(j.Batch, pixels), gorgonia.WithName("x"))
		t = gorgonia.NewMatrix(g, j.DType, gorgonia.WithShape(j.Batch, classes), gorgonia.WithName("t"))
		for _, p := range net.Params {
			init := p.Init
			if init == nil {
				init = make([]float64, p.Size())
			}
			learn = append(learn, gorgonia.NewTensor(g, j.DType, len(p.Shape), gorgonia.WithShape(p.Shape...),
				gorgonia.WithName(p.Name), gorgonia.WithValue(dense(j.DType, append([]float64(nil), init...), p.Shape...))))
		}
		scores, err := net.Scores(x, learn)
		if err != nil {
			return nil, nil, nil, nil, nil, err
		}
		loss, err = net.Loss(scores, t)
		return g, x, t, loss, learn, err
	}
	if tp.g, tp.x, tp.t, tp.loss, tp.learn, err = build(); err != nil {
		return nil, err
	}
	if _, err := gorgonia.Grad(tp.loss, tp.learn...); err != nil {
		return nil, err
	}
	tp.train = gorgonia.NewTapeMachine(tp.g, gorgonia.BindDualValues(tp.learn...))
	var g *gorgonia.ExprGraph
	if g, tp.fx, tp.ft, tp.fl, tp.fLearn, err = build(); err != nil {
		return nil, err
	}
	tp.forward = gorgonia.NewTapeMachine(g)
	return tp, nil
}

// Step does the next training step and returns the loss after it.
func (tp *Tape) Step() (float64, error) {
	if err := tp.Load(); err != nil {
		return 0, err
	}
	return tp.Work()
}

// Load binds the next batch.
func (tp *Tape) Load() error {
	b := tp.at % batches
	tp.at++
	let := []struct {
		n *gorgonia.Node
		v gorgonia.Value
	}{{tp.x, tp.xs[b]}, {tp.t, tp.ts[b]}, {tp.fx, tp.xs[b]}, {tp.ft, tp.ts[b]}}
	for _, l := range let {
		if err := gorgonia.Let(l.n, l.v); err != nil {
			return err
		}
	}
	return nil
}

// Work is gradient, update, and the loss after it.
func (tp *Tape) Work() (float64, error) {
	if err := tp.train.RunAll(); err != nil {
		return 0, err
	}
	if err := tp.solver.Step(gorgonia.NodesToValueGrads(tp.learn)); err != nil {
		return 0, err
	}
	tp.train.Reset()
	for i, n := range tp.learn {
		if err := gorgonia.Let(tp.fLearn[i], n.Value()); err != nil {
			return 0, err
		}
	}
	if err := tp.forward.RunAll(); err != nil {
		return 0, err
	}
	loss := tp.fl.Value().Data()
	tp.forward.Reset()
	if v, ok := loss.(float32); ok {
		return float64(v), nil
	}
	return loss.(float64), nil
}

// Close ends both machines.
func (tp *Tape) Close() {
	tp.train.Close()
	tp.forward.Close()
}

// Recompile builds the step's graph and its program again.
func (r *Runner) Recompile() error {
	step, err := r.Model.Step(r.Job.Batch, models.SGD{})
	if err != nil {
		return err
	}
	r.step.Close()
	r.step = step
	return r.step.SetLR(rate)
}
