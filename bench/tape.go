package bench

import (
	"github.com/stheno/stheno/bench/work"
	"github.com/stheno/stheno/models"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Tape is the job on Gorgonia's own TapeMachine, as plain as a user of Gorgonia writes it: a machine for gradient and
// update, another for the loss after it.
type Tape struct {
	train, loss tapeGraph
	solver      gorgonia.Solver
	xs, ts      []*tensor.Dense
	at          int
}

// tapeGraph is a graph of the net with its loss, and the machine that runs it.
type tapeGraph struct {
	g          *gorgonia.ExprGraph
	x, t, loss *gorgonia.Node
	learn      gorgonia.Nodes
	vm         gorgonia.VM
}

// NewTape builds the graphs.
func NewTape(j Job) (*Tape, error) {
	tp := &Tape{solver: gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(work.Rate))}
	net, xs, ts, err := j.start()
	if err != nil {
		return nil, err
	}
	tp.xs, tp.ts = xs, ts
	for _, g := range []*tapeGraph{&tp.train, &tp.loss} {
		if *g, err = newTapeGraph(net, j); err != nil {
			return nil, err
		}
	}
	if _, err := gorgonia.Grad(tp.train.loss, tp.train.learn...); err != nil {
		return nil, err
	}
	tp.train.vm = gorgonia.NewTapeMachine(tp.train.g, gorgonia.BindDualValues(tp.train.learn...))
	tp.loss.vm = gorgonia.NewTapeMachine(tp.loss.g)
	return tp, nil
}

func newTapeGraph(net models.Net, j Job) (tapeGraph, error) {
	g := gorgonia.NewGraph()
	b := tapeGraph{g: g,
		x: gorgonia.NewMatrix(g, j.DType, gorgonia.WithShape(j.Batch, pixels), gorgonia.WithName("x")),
		t: gorgonia.NewMatrix(g, j.DType, gorgonia.WithShape(j.Batch, classes), gorgonia.WithName("t")),
	}
	for _, p := range net.Params {
		v := make([]float64, p.Size())
		copy(v, p.Init)
		b.learn = append(b.learn, gorgonia.NewTensor(g, j.DType, len(p.Shape), gorgonia.WithShape(p.Shape...),
			gorgonia.WithName(p.Name), gorgonia.WithValue(dense(j.DType, v, p.Shape...))))
	}
	scores, err := net.Scores(b.x, b.learn)
	if err != nil {
		return b, err
	}
	b.loss, err = net.Loss(scores, b.t)
	return b, err
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
	b := tp.at % work.Batches
	tp.at++
	for _, g := range []*tapeGraph{&tp.train, &tp.loss} {
		if err := gorgonia.Let(g.x, tp.xs[b]); err != nil {
			return err
		}
		if err := gorgonia.Let(g.t, tp.ts[b]); err != nil {
			return err
		}
	}
	return nil
}

// Work is gradient, update, and the loss after it.
func (tp *Tape) Work() (float64, error) {
	if err := tp.train.vm.RunAll(); err != nil {
		return 0, err
	}
	if err := tp.solver.Step(gorgonia.NodesToValueGrads(tp.train.learn)); err != nil {
		return 0, err
	}
	tp.train.vm.Reset()
	for i, n := range tp.train.learn {
		if err := gorgonia.Let(tp.loss.learn[i], n.Value()); err != nil {
			return 0, err
		}
	}
	if err := tp.loss.vm.RunAll(); err != nil {
		return 0, err
	}
	loss := tp.loss.loss.Value().Data()
	tp.loss.vm.Reset()
	if v, ok := loss.(float32); ok {
		return float64(v), nil
	}
	return loss.(float64), nil
}

// Close ends both machines.
func (tp *Tape) Close() {
	tp.train.vm.Close()
	tp.loss.vm.Close()
}
