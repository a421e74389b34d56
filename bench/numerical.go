package bench

import (
	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/bench/work"
	"github.com/stheno/stheno/graph"
	"github.com/stheno/stheno/models"
)

// Numerical times the numerical gradient: two loss evaluations for each parameter, on all cores.
type Numerical struct {
	model *models.Model
	es    []graph.Evaluator
	close func()
}

// NewNumerical prepares one evaluator for each core.
func NewNumerical(e backend.Engine, j Job) (*Numerical, error) {
	seq := work.Start
	net, err := j.net(&seq)
	if err != nil {
		return nil, err
	}
	n := &Numerical{}
	if n.model, err = models.New(net, e, j.DType); err != nil {
		return nil, err
	}
	x, t := seq.Draw(j.Spec())
	n.es, n.close, err = n.model.Evaluators(dense(j.DType, x, j.Batch, pixels), dense(j.DType, t, j.Batch, classes))
	return n, err
}

// Run differentiates the loss with respect to the first elements of the parameters, in their order; two evaluations
// each.
func (n *Numerical) Run(elements int) error {
	for _, p := range n.model.Net.Params {
		at := make([]int, min(elements, p.Size()))
		for i := range at {
			at[i] = i
		}
		if _, err := graph.NumericalElements(n.es, p.Name, at, graph.DefaultStep); err != nil {
			return err
		}
		elements -= len(at)
	}
	return nil
}

// Close frees the models.
func (n *Numerical) Close() {
	n.close()
	n.model.Close()
}
