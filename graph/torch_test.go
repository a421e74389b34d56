package graph

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/internal/python"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// The cases of testdata/torch, layers with random shapes and what PyTorch makes of them. Its numbers are made by
//
//	python3 graph/testdata/torch/cases.py 1 500 >graph/testdata/torch/cases.jsonl
const (
	torchCases   = "testdata/torch/cases.jsonl"
	torchProgram = "testdata/torch/cases.py"
	torchSeed    = 1
	torchCount   = 500
	torchLive    = 60   // cases of PyTorch itself
	torchTol     = 1e-9 // of sums, which are of the size 1 to 100
)

// torchCase is a line of the cases, as testdata/torch/cases.py explains it.
type torchCase struct {
	Op     string
	Start  splitmix
	Shapes [][]int
	Ints   []int
	Reals  []float64
	Result []int
	Sums   []float64
}

func (c torchCase) String() string {
	return fmt.Sprintf("%s of %v, %v %v", c.Op, c.Shapes, c.Ints, c.Reals)
}

// splitmix is splitmix64 (Steele, Lea and Flood, 2014), as numbers in [-1, 1).
type splitmix uint64

func (s *splitmix) next() float64 {
	*s += 0x9E3779B97F4A7C15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return float64((z^z>>31)>>11)*0x1p-52 - 1
}

func (s *splitmix) numbers(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = s.next()
	}
	return out
}

// weighted is the sum of numbers with weights that are drawn.
func (s *splitmix) weighted(v []float64) (sum float64) {
	for _, x := range v {
		sum += x * s.next()
	}
	return sum
}

// torchOps are the layers as Gorgonia's functions. Batch normalisations are made by norm.
var torchOps = map[string]func(c torchCase, in G.Nodes) (*G.Node, error){
	"Conv": func(c torchCase, in G.Nodes) (*G.Node, error) {
		return G.Conv2d(in[0], in[1], tensor.Shape(c.Shapes[1][2:]), c.Ints[:2], c.Ints[2:4], c.Ints[4:])
	},
	"GroupConv": func(c torchCase, in G.Nodes) (*G.Node, error) {
		n := c.Ints
		return GroupConv2d(in[0], in[1], Windows{
			Groups: n[0], Before: [2]int(n[1:3]), After: [2]int(n[3:5]), Stride: [2]int(n[5:7]), Dilation: [2]int(n[7:]),
		})
	},
	"GroupConvTranspose": func(c torchCase, in G.Nodes) (*G.Node, error) {
		n := c.Ints
		w := Windows{Groups: n[0], Before: [2]int(n[1:3]), Stride: [2]int(n[3:5]), Dilation: [2]int(n[5:])}
		return GroupConvTranspose2d(in[0], in[1], w, c.Result[2], c.Result[3])
	},
	"MaxPool": func(c torchCase, in G.Nodes) (*G.Node, error) {
		return G.MaxPool2D(in[0], tensor.Shape(c.Ints[:2]), c.Ints[2:4], c.Ints[4:])
	},
	"AveragePool": func(c torchCase, in G.Nodes) (*G.Node, error) {
		return G.AveragePool2D(in[0], tensor.Shape(c.Ints[:2]), c.Ints[2:4], c.Ints[4:])
	},
	"GroupNorm": func(c torchCase, in G.Nodes) (*G.Node, error) {
		return G.GroupNorm(in[0], in[1], in[2], c.Ints[0], c.Shapes[0][1], c.Reals[0])
	},
	"LeakyReLU":  func(c torchCase, in G.Nodes) (*G.Node, error) { return G.LeakyRelu(in[0], c.Reals[0]) },
	"SoftMax":    func(c torchCase, in G.Nodes) (*G.Node, error) { return G.SoftMax(in[0], c.Ints[0]) },
	"LogSoftMax": func(c torchCase, in G.Nodes) (*G.Node, error) { return G.LogSoftMax(in[0], c.Ints[0]) },
	"Upsample":   func(c torchCase, in G.Nodes) (*G.Node, error) { return G.Upsample2D(in[0], c.Ints[0]) },
	globalAverage: func(c torchCase, in G.Nodes) (*G.Node, error) {
		y, err := G.GlobalAveragePool2D(in[0])
		if err != nil {
			return nil, err
		}
		return G.Reshape(y, c.Result)
	},
}

// globalAverage has no derivative in Gorgonia.
const globalAverage = "GlobalAverage"

// torchNorms are the batch normalisations, by whether they train.
var torchNorms = map[string]bool{"BatchNorm": true, "BatchNormEvaluating": false}

// torchLayer is a case as a graph.
type torchLayer struct {
	g              *G.ExprGraph
	leaves         G.Nodes
	numbers        splitmix
	norm           *G.BatchNormOp // with running statistics; nil of other layers
	mean, variance *tensor.Dense  // that it starts from
}

// build makes the layer of the leaves that it draws.
func (l *torchLayer) build(c torchCase) (y *G.Node, err error) {
	for i, s := range c.Shapes {
		n := G.NewTensor(l.g, tensor.Float64, len(s), G.WithShape(s...), G.WithName(fmt.Sprint("leaf", i)), G.WithValue(l.draw(s)))
		l.leaves = append(l.leaves, n)
	}
	if _, isNorm := torchNorms[c.Op]; !isNorm {
		return torchOps[c.Op](c, l.leaves)
	}
	units := c.Shapes[0][1:2]
	l.mean, l.variance = l.draw(units), l.draw(units)
	for i, v := range l.variance.Data().([]float64) {
		l.variance.Data().([]float64)[i] = 1.5 + v
	}
	y, _, _, l.norm, err = G.BatchNorm(l.leaves[0], l.leaves[1], l.leaves[2], c.Reals[0], c.Reals[1])
	return y, err
}

func (l *torchLayer) draw(shape []int) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(l.numbers.numbers(tensor.Shape(shape).TotalSize())))
}

// torchSums are a case's numbers on an engine.
func torchSums(t *testing.T, c torchCase, e backend.Engine) []float64 {
	t.Helper()
	l := &torchLayer{g: G.NewGraph(), numbers: c.Start}
	y, err := l.build(c)
	must(t, err)
	if got := shapeOf(y); !slices.Equal(got, c.Result) {
		t.Fatalf("%v: a result of the shape %v, PyTorch has %v", c, got, c.Result)
	}
	weights := G.NewConstant(l.draw(c.Result))
	cost, err := G.Sum(G.Must(G.HadamardProd(y, weights)))
	must(t, err)
	by := l.leaves
	if c.Op == globalAverage {
		by = nil
	} else if _, err = G.Grad(cost, by...); err != nil {
		t.Fatalf("%v: %v", c, err)
	}
	opts := []Option{On(e)}
	if l.norm != nil && !torchNorms[c.Op] {
		opts = append(opts, EvalMode())
	}
	m, err := NewMachine(l.g, opts...)
	must(t, err)
	defer m.Close()
	if l.norm != nil { // a new machine has set them back, as Gorgonia's does
		must(t, l.norm.SetStats(l.mean, l.variance))
	}
	must(t, m.RunAll())
	sums := values(t, cost)
	for _, x := range by {
		sums = append(sums, l.numbers.weighted(gradOf(t, x)))
	}
	if l.norm != nil {
		running := stats(t, l.norm)
		units := c.Shapes[0][1]
		sums = append(sums, l.numbers.weighted(running[:units]), l.numbers.weighted(running[units:]))
	}
	return sums
}

// far tells whether sums differ by more than rounding does.
func far(got, want []float64) bool {
	return !slices.EqualFunc(got, want, func(a, b float64) bool { return math.Abs(a-b) <= torchTol*math.Max(1, math.Abs(b)) })
}

// parseTorch reads what cases.py writes.
func parseTorch(t *testing.T, text []byte) (version string, cases []torchCase) {
	t.Helper()
	lines := bufio.NewScanner(bytes.NewReader(text))
	var head struct{ Torch string }
	for lines.Scan() {
		var c torchCase
		if head.Torch == "" {
			must(t, json.Unmarshal(lines.Bytes(), &head))
			continue
		}
		must(t, json.Unmarshal(lines.Bytes(), &c))
		cases = append(cases, c)
	}
	must(t, lines.Err())
	return head.Torch, cases
}

func committedTorch(t *testing.T) []torchCase {
	t.Helper()
	text, err := os.ReadFile(torchCases)
	must(t, err)
	_, cases := parseTorch(t, text)
	return cases
}

// holdToTorch computes the cases on every engine.
func holdToTorch(t *testing.T, cases []torchCase) {
	onEngines(t, func(t *testing.T, e backend.Engine) {
		for i, c := range cases {
			if got := torchSums(t, c, e); far(got, c.Sums) {
				t.Errorf("case %d, %v: cost and sums %v, PyTorch has %v", i, c, got, c.Sums)
			}
		}
	})
}

// TestTorch is the fifth witness, a foreign one: convolutions, poolings, normalisations and what stands around them, forward and with
// gradients by inputs and parameters and running statistics, are PyTorch's to 1e-9.
func TestTorch(t *testing.T) {
	cases := committedTorch(t)
	count := map[string]int{}
	for _, c := range cases {
		count[c.Op]++
	}
	if len(cases) != torchCount || len(count) != len(torchOps)+len(torchNorms) {
		t.Fatalf("%d cases of %v, want %d of all layers", len(cases), count, torchCount)
	}
	if testing.Short() { // on an emulator
		cases = cases[:100]
	}
	holdToTorch(t, cases)
}

// TestTorchLive runs PyTorch itself: the committed numbers are what it gives, and so are those of cases that nobody has seen yet.
func TestTorchLive(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts PyTorch: not with -short")
	}
	interpreter, err := python.With("..", "torch")
	if err != nil {
		t.Skip(err)
	}
	ask := func(seed uint64, count int) []torchCase {
		cmd := exec.Command(interpreter, torchProgram, fmt.Sprint(seed), fmt.Sprint(count))
		cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
		out, err := cmd.Output()
		must(t, err)
		version, cases := parseTorch(t, out)
		if len(cases) != count {
			t.Fatalf("PyTorch %s gave %d cases for seed %d, want %d", version, len(cases), seed, count)
		}
		return cases
	}
	committed := committedTorch(t)
	for i, c := range ask(torchSeed, torchLive) {
		if far(c.Sums, committed[i].Sums) || c.String() != committed[i].String() || c.Start != committed[i].Start {
			t.Errorf("case %d: %s has %v %v, PyTorch gives %v %v: make the file anew", i, torchCases, committed[i], committed[i].Sums, c, c.Sums)
		}
	}
	seed := rand.Uint64N(1e6)
	t.Logf("seed %d", seed)
	holdToTorch(t, ask(seed, torchLive))
}
