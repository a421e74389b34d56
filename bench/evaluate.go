package bench

import (
	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/train"
)

// Evaluation is taking the accuracy on a made-up data set, from bytes to the share of right answers.
type Evaluation struct {
	Images int
	model  *models.Model
	eval   *train.Evaluator
	set    data.Source
}

// NewEvaluation makes n images and compiles the program, by evaluating a few of them.
func NewEvaluation(e backend.Engine, j Job, n int) (*Evaluation, error) {
	net, _, _, err := j.start()
	if err != nil {
		return nil, err
	}
	m, err := models.New(net, e, j.DType)
	if err != nil {
		return nil, err
	}
	d := madeUp(n)
	ev := &Evaluation{Images: n, model: m, set: d.Source(&d.Train)}
	if ev.eval, err = train.NewEvaluator(m, d); err != nil {
		return nil, err
	}
	few := min(n, 500)
	_, err = ev.eval.Score(d.Source(&data.Split{Images: d.Train.Images[:few*pixels], Labels: d.Train.Labels[:few]}))
	return ev, err
}

// Run takes the accuracy once.
func (ev *Evaluation) Run() error {
	_, err := ev.eval.Score(ev.set)
	return err
}

// Close frees the data set, where an engine has one, and the model.
func (ev *Evaluation) Close() {
	ev.eval.Close()
	ev.model.Close()
}

// madeUp are n images of which four fifths are background, as in MNIST.
func madeUp(n int) *data.Dataset {
	d := &data.Dataset{Name: "made up", Rows: 28, Cols: 28, Classes: classes}
	d.Train = data.Split{Images: make([]byte, n*pixels), Labels: make([]byte, n)}
	state := uint32(42) // xorshift32 (Marsaglia, 2003)
	for i := range d.Train.Images {
		state ^= state << 13
		state ^= state >> 17
		state ^= state << 5
		if state%5 == 0 {
			d.Train.Images[i] = byte(state >> 24)
		}
	}
	for i := range d.Train.Labels {
		d.Train.Labels[i] = byte(i % classes)
	}
	return d
}
