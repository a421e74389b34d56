package bench

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/bench/work"
	"github.com/stheno/stheno/graph"
	"github.com/stheno/stheno/models"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// ConvNets are the nets with convolutions, by their names: that of Gorgonia's examples, and the book's two, without dropout, so that all
// programs compute the same.
var ConvNets = map[string]func() (models.Net, error){
	"convnet":    gorgoniasConvNet,
	"simpleconv": func() (models.Net, error) { return models.SimpleConvNet(digits, 100, classes).Net() },
	"deepconv":   func() (models.Net, error) { return models.DeepConvNet(digits, 50, classes).WithDropout(0).Net() },
}

// digits are images as MNIST has them.
var digits = models.Image{Channels: 1, Height: 28, Width: 28}

// gorgoniasConvNet is written as Gorgonia's example convnet is: three times a convolution of 3 x 3, relu and pooling, then a hidden
// layer, and no biases.
func gorgoniasConvNet() (models.Net, error) {
	shapes := [][]int{{32, 1, 3, 3}, {64, 32, 3, 3}, {128, 64, 3, 3}, {3 * 3 * 128, 625}, {625, classes}}
	net := models.Net{Name: "convnet", In: pixels, Out: classes, Output: models.Softmax, Loss: models.SoftmaxCrossEntropy}
	for i, s := range shapes {
		net.Params = append(net.Params, models.Param{Name: fmt.Sprintf("w%d", i), Shape: s})
	}
	net.Scores = func(x *gorgonia.Node, p gorgonia.Nodes) (*gorgonia.Node, error) {
		batch := x.Shape()[0]
		x, err := gorgonia.Reshape(x, tensor.Shape{batch, digits.Channels, digits.Height, digits.Width})
		for _, w := range p[:3] {
			if err != nil {
				return nil, err
			}
			x, err = convolved(x, w)
		}
		if err != nil {
			return nil, err
		}
		if x, err = gorgonia.Reshape(x, tensor.Shape{batch, shapes[3][0]}); err != nil {
			return nil, err
		}
		if x, err = gorgonia.Mul(x, p[3]); err != nil {
			return nil, err
		}
		if x, err = gorgonia.Rectify(x); err != nil {
			return nil, err
		}
		return gorgonia.Mul(x, p[4])
	}
	return net, nil
}

// convolved is a convolution that keeps the size of images, relu, and pooling by two.
func convolved(x, w *gorgonia.Node) (*gorgonia.Node, error) {
	x, err := gorgonia.Conv2d(x, w, tensor.Shape{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1})
	if err != nil {
		return nil, err
	}
	if x, err = gorgonia.Rectify(x); err != nil {
		return nil, err
	}
	return gorgonia.MaxPool2D(x, tensor.Shape{2, 2}, []int{0, 0}, []int{2, 2})
}

// convNet is a net of ConvNets with weights from the shared sequence.
func convNet(name string, seq *work.Sequence) (models.Net, error) {
	build := ConvNets[name]
	if build == nil {
		return models.Net{}, fmt.Errorf("net %q: choose one of %s", name, strings.Join(slices.Sorted(maps.Keys(ConvNets)), ", "))
	}
	net, err := build()
	for i, p := range net.Params {
		switch len(p.Shape) {
		case 4: // (new channels, channels, rows, columns)
			net.Params[i].Init = seq.HeWeights(p.Size(), p.Size()/p.Shape[0])
		case 2:
			net.Params[i].Init = seq.HeWeights(p.Size(), p.Shape[0])
		}
	}
	return net, err
}

// conv is a job of a net with convolutions on an engine.
type conv struct {
	batches
	job     Job
	t       any // of the batch that was loaded last
	program *graph.Executable
}

// newConv compiles gradient and update, with the loss that the gradient is of; or the forward pass.
func newConv(e backend.Engine, j Job) (*conv, error) {
	net, xs, ts, err := j.start()
	if err != nil {
		return nil, err
	}
	b, err := newLossGraph(net, j)
	if err != nil {
		return nil, err
	}
	spec := graph.Spec{Name: "forward", Inputs: gorgonia.Nodes{b.x}, Params: b.learn, Outputs: gorgonia.Nodes{b.scores}, Eval: true}
	if !j.Forward {
		spec = graph.Spec{Name: "step", Inputs: gorgonia.Nodes{b.x, b.t}, Params: b.learn, Outputs: gorgonia.Nodes{b.loss}}
		if spec.Updates, err = b.descent(j); err != nil {
			return nil, err
		}
	}
	c := &conv{job: j, batches: newBatches(xs, ts)}
	c.program, err = graph.Compile(e, spec)
	return c, err
}

// descent are the updates of all parameters.
func (b *lossGraph) descent(j Job) (updates []graph.Update, err error) {
	grads, err := gorgonia.Grad(b.loss, b.learn...)
	if err != nil {
		return nil, err
	}
	rate := gorgonia.NewConstant(dense(j.DType, []float64{j.Spec().LearningRate()}).Get(0))
	for i, w := range b.learn {
		u, err := models.SGD{}.Update(w, grads[i], rate, models.State{})
		if err != nil {
			return nil, err
		}
		updates = append(updates, u...)
	}
	return updates, nil
}

// Load brings the next batch to the engine.
func (c *conv) Load() error {
	x, t := c.next()
	if err := c.program.Var("x").Write(x); err != nil {
		return err
	}
	if c.job.Forward {
		c.t = t
		return nil
	}
	return c.program.Var("t").Write(t)
}

// Work is a step and the loss before it, or a forward pass and the loss of its scores.
func (c *conv) Work() (float64, error) {
	if err := c.program.Run(); err != nil {
		return 0, err
	}
	if !c.job.Forward {
		return c.program.Scalar(0)
	}
	scores, err := c.program.OutputHost(0)
	if err != nil {
		return 0, err
	}
	return crossEntropy(scores, c.t), nil
}

// Close frees the program and its parameters.
func (c *conv) Close() { c.program.Close() }

// crossEntropy is the mean of −Σ t·log softmax(scores) over rows, of slices of either float type.
func crossEntropy(scores, t any) float64 {
	if s, ok := scores.([]float64); ok {
		return crossEntropyOf(s, t.([]float64))
	}
	return crossEntropyOf(scores.([]float32), t.([]float32))
}

func crossEntropyOf[T float32 | float64](scores, t []T) (mean float64) {
	for i := 0; i < len(t); i += classes {
		row, sum := scores[i:i+classes], 0.
		most := slices.Max(row)
		for _, v := range row {
			sum += math.Exp(float64(v - most))
		}
		for k, v := range row {
			mean -= float64(t[i+k]) * (float64(v-most) - math.Log(sum))
		}
	}
	return mean / float64(len(t)/classes)
}
