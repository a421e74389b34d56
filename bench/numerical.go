package bench

import (
	"stheno/backend"
	"stheno/graph"
	"stheno/models"
)

// Numerical times the numerical gradient: two loss evaluations for each parameter, on all cores.
type Numerical struct {
	job   Job
	model *models.Model
	es    []graph.Evaluator
	close func()
}

// NewNumerical prepares one evaluator for each core.
func NewNumerical(e backend.Engine, j Job) (*Numerical, error) {
	seq := sequence(42)
	net, err := j.net(&seq)
	if err != nil {
		return nil, err
	}
	n := &Numerical{job: j}
	if n.model, err = models.New(net, e, j.DType); err != nil {
		return nil, err
	}
	x, t := seq.batch(j.Batch)
	n.es, n.close, err = n.model.Evaluators(dense(j.DType, x, j.Batch, pixels), dense(j.DType, t, j.Batch, classes))
	return n, err
}

// Run differentiates the loss with respect to the first elements of W1.
func (n *Numerical) Run(elements int) error {
	at := make([]int, elements)
	for i := range at {
		at[i] = i
	}
	_, err := graph.NumericalElements(n.es, "W1", at, graph.DefaultStep)
	return err
}

// Full differentiates with respect to every parameter.
func (n *Numerical) Full() (evaluations int, err error) {
	for _, p := range n.model.Net.Params {
		at := make([]int, p.Size())
		for i := range at {
			at[i] = i
		}
		if _, err := graph.NumericalElements(n.es, p.Name, at, graph.DefaultStep); err != nil {
			return evaluations, err
		}
		evaluations += 2 * p.Size()
	}
	return evaluations, nil
}

// Close frees the models.
func (n *Numerical) Close() {
	n.close()
	n.model.Close()
}
