package bench

import (
	"github.com/stheno/stheno/bench/work"
	"github.com/stheno/stheno/models"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Tape is the job on Gorgonia's own TapeMachine, as plain as a user of Gorgonia writes it: a machine for gradient and
// update, another for the loss after it, or for the forward pass. A net with convolutions has the one or the other.
type Tape struct {
	train, loss *lossGraph
	solver      gorgonia.Solver
	xs, ts      []*tensor.Dense
	at          int
}

// lossGraph is a graph of the net with its loss, and the machine that runs it.
type lossGraph struct {
	g                  *gorgonia.ExprGraph
	x, t, scores, loss *gorgonia.Node
	learn              gorgonia.Nodes
	vm                 gorgonia.VM
}

// NewTape builds the graphs.
func NewTape(j Job) (*Tape, error) {
	tp := &Tape{solver: gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(j.Spec().LearningRate()))}
	net, xs, ts, err := j.start()
	if err != nil {
		return nil, err
	}
	tp.xs, tp.ts = xs, ts
	if !j.Forward {
		if tp.train, err = newLossGraph(net, j); err != nil {
			return nil, err
		}
		if _, err := gorgonia.Grad(tp.train.loss, tp.train.learn...); err != nil {
			return nil, err
		}
		tp.train.vm = gorgonia.NewTapeMachine(tp.train.g, gorgonia.BindDualValues(tp.train.learn...))
	}
	if j.Forward || j.Net == "" {
		if tp.loss, err = newLossGraph(net, j); err != nil {
			return nil, err
		}
		tp.loss.vm = gorgonia.NewTapeMachine(tp.loss.g, gorgonia.EvalMode())
	}
	return tp, nil
}

func newLossGraph(net models.Net, j Job) (*lossGraph, error) {
	g := gorgonia.NewGraph()
	b := &lossGraph{g: g,
		x: gorgonia.NewMatrix(g, j.DType, gorgonia.WithShape(j.Batch, pixels), gorgonia.WithName("x")),
		t: gorgonia.NewMatrix(g, j.DType, gorgonia.WithShape(j.Batch, classes), gorgonia.WithName("t")),
	}
	for _, p := range net.Params {
		v := make([]float64, p.Size())
		copy(v, p.Init)
		b.learn = append(b.learn, gorgonia.NewTensor(g, j.DType, len(p.Shape), gorgonia.WithShape(p.Shape...),
			gorgonia.WithName(p.Name), gorgonia.WithValue(dense(j.DType, v, p.Shape...))))
	}
	var err error
	if b.scores, err = net.Scores(b.x, b.learn); err != nil {
		return nil, err
	}
	b.loss, err = net.Loss(b.scores, b.t)
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
	for _, g := range tp.graphs() {
		if err := gorgonia.Let(g.x, tp.xs[b]); err != nil {
			return err
		}
		if err := gorgonia.Let(g.t, tp.ts[b]); err != nil {
			return err
		}
	}
	return nil
}

// graphs are those that the job has.
func (tp *Tape) graphs() (gs []*lossGraph) {
	for _, g := range []*lossGraph{tp.train, tp.loss} {
		if g != nil {
			gs = append(gs, g)
		}
	}
	return gs
}

// Work is gradient, update, and the loss after it. Of a net with convolutions it is the loss before it, or that of the forward pass.
func (tp *Tape) Work() (float64, error) {
	last := tp.loss
	if tp.train != nil {
		if err := tp.train.vm.RunAll(); err != nil {
			return 0, err
		}
		if err := tp.solver.Step(gorgonia.NodesToValueGrads(tp.train.learn)); err != nil {
			return 0, err
		}
		if last == nil {
			last = tp.train
		}
	}
	if tp.loss != nil {
		if err := tp.evaluate(); err != nil {
			return 0, err
		}
	}
	loss := last.loss.Value().Data()
	for _, g := range tp.graphs() {
		g.vm.Reset()
	}
	if v, ok := loss.(float32); ok {
		return float64(v), nil
	}
	return loss.(float64), nil
}

// evaluate runs the graph of the loss, with the parameters that were trained.
func (tp *Tape) evaluate() error {
	if tp.train != nil {
		for i, n := range tp.train.learn {
			if err := gorgonia.Let(tp.loss.learn[i], n.Value()); err != nil {
				return err
			}
		}
	}
	return tp.loss.vm.RunAll()
}

// Close ends the machines.
func (tp *Tape) Close() {
	for _, g := range tp.graphs() {
		g.vm.Close()
	}
}
