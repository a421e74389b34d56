package bench

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/models"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Graphs are training steps as Gorgonia's examples write them, whose time goes into element-wise ops and reductions more than the
// main job's.
var Graphs = []Graph{
	{Name: "mlp", Optimizer: models.Adam{}, net: func() (models.Net, error) {
		return models.MLP{Widths: []int{pixels, 256, 256, classes}, Activation: "relu"}.Net()
	}},
	{Name: "autoencoder", Optimizer: models.SGD{}, net: autoencoder},
	{Name: "batchnorm", Optimizer: models.SGD{}, net: batchNorm},
}

// Graph is a net and how it learns. Its batch is the main job's.
type Graph struct {
	Name      string
	Optimizer models.Optimizer
	net       func() (models.Net, error)
}

// autoencoder is the net of Gorgonia's stacked autoencoder, whose layers are fine-tuned together: sigmoids, and the squared distance
// of the image that comes out from the one that went in.
func autoencoder() (models.Net, error) {
	net, err := models.MLP{Widths: []int{pixels, 250, 50, 250, pixels}, Activation: "sigmoid", Loss: models.MeanSquaredError}.Net()
	scores := net.Scores
	net.Scores = func(x *gorgonia.Node, p gorgonia.Nodes) (*gorgonia.Node, error) {
		y, err := scores(x, p)
		if err != nil {
			return nil, err
		}
		return models.Sigmoid(y)
	}
	net.Output = nil
	return net, err
}

// batchNorm is two hidden layers with a batch normalisation before each relu.
func batchNorm() (models.Net, error) {
	net, err := models.MLP{Widths: []int{pixels, 200, 200, classes}, Activation: "relu"}.Net()
	layers := len(net.Params) / 2
	for i := 1; i < layers; i++ {
		n := net.Params[2*i-1].Size()
		gamma := make([]float64, n)
		for k := range gamma {
			gamma[k] = 1
		}
		net.Params = append(net.Params,
			models.Param{Name: fmt.Sprintf("gamma%d", i), Shape: []int{1, n}, Init: gamma},
			models.Param{Name: fmt.Sprintf("beta%d", i), Shape: []int{1, n}})
	}
	net.Scores = func(x *gorgonia.Node, p gorgonia.Nodes) (*gorgonia.Node, error) {
		for i := range layers {
			y, err := models.Affine(x, p[2*i], p[2*i+1])
			if err != nil || i == layers-1 {
				return y, err
			}
			scale := p[2*layers+2*i:]
			if y, _, _, _, err = gorgonia.BatchNorm(y, scale[0], scale[1], 0.9, 1e-5); err != nil {
				return nil, err
			}
			if x, err = models.ReLU(y); err != nil {
				return nil, err
			}
		}
		return x, nil
	}
	return net, err
}

// counter is an engine that counts what it compiles: of the longest program, the values that it stores and the passes over memory
// that make them, and the operations of its products.
type counter struct {
	backend.Engine
	stored, passes, flops int
}

// products are the ops whose operations count.
var products = []ir.Op{ir.MatMul, ir.BatchMatMul, ir.Conv, ir.ConvWeights}

func (c *counter) Compile(u *backend.Unit, bind map[string]backend.Buffer) (backend.Exec, error) {
	stored, passes, flops := 0, 0, 0
	for _, ph := range u.Phases {
		for _, g := range ph {
			stored += len(g.Instrs)
			passes += len(u.Program.Sweeps(g))
			for _, id := range g.Instrs {
				if in := u.Program.At(id); slices.Contains(products, in.Op) {
					flops += u.Program.Flops(in)
				}
			}
		}
	}
	if stored > c.stored {
		c.stored, c.passes, c.flops = stored, passes, flops
	}
	return c.Engine.Compile(u, bind)
}

// graphStep times steps of a graph on one batch and reports of how many passes a step is made.
func graphStep(b *testing.B, e backend.Engine, g Graph) {
	c := &counter{Engine: e}
	net, err := g.net()
	if err != nil {
		b.Fatal(err)
	}
	m, err := models.New(net, c, tensor.Float32)
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close()
	step, err := m.Step(Main.Batch, g.Optimizer)
	if err != nil {
		b.Fatal(err)
	}
	defer step.Close()
	if err := g.feed(step, net); err != nil {
		b.Fatal(err)
	}
	run := step.Program().Run
	for range 3 {
		if err := run(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := run(); err != nil {
			b.Fatal(err)
		}
	}
	report(b, b.Elapsed(), 0, false)
	b.ReportMetric(float64(c.passes), "instructions")
	b.ReportMetric(float64(c.stored), "stored")
}

// feed gives a step a batch of noise and a learning rate.
func (g Graph) feed(s *models.Step, net models.Net) error {
	r := rand.New(rand.NewPCG(1, 2))
	x, t := make([]float32, Main.Batch*net.In), make([]float32, Main.Batch*net.Out)
	for i := range x {
		x[i] = r.Float32()
	}
	for i := range Main.Batch {
		t[i*net.Out+r.IntN(net.Out)] = 1
	}
	if net.Out == net.In {
		copy(t, x)
	}
	if err := s.X.Write(x); err != nil {
		return err
	}
	if err := s.T.Write(t); err != nil {
		return err
	}
	return s.SetLR(1e-3)
}
