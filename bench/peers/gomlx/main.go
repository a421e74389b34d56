// Command gomlx is GoMLX on its pure-Go backend as a peer. It is a module of its own, so that nobody who uses Stheno needs
// GoMLX.
//
//	gomlx 784-50-10 100 float32 digits 2
package main

import (
	"fmt"
	"os"
	"runtime/debug"

	"github.com/stheno/stheno/bench/work"

	"github.com/gomlx/gomlx/backends/simplego"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "gomlx: %v\n", err)
		os.Exit(2)
	}
}

func run(args []string) error {
	job, err := work.Parse(args)
	if err != nil {
		return err
	}
	params, seq := start(job)
	t := &trainer{params: params}
	for range work.Batches {
		x, target := seq.Draw(job)
		t.batches = append(t.batches, [2]*tensors.Tensor{
			dense(job, x, job.Batch, job.Widths[0]), dense(job, target, job.Batch, job.Widths[len(job.Widths)-1])})
	}
	if t.step, err = graph.NewExec(simplego.GetBackend(), step); err != nil {
		return err
	}
	return work.Serve(os.Stdin, os.Stdout, work.Hello{Version: version(), Library: simplego.GetBackend().Description()}, t, nil)
}

// start are the parameters, matrix and bias of each layer, and the sequence behind them.
func start(job work.Spec) (params []*tensors.Tensor, seq work.Sequence) {
	seq = work.Start
	for i := 1; i < len(job.Widths); i++ {
		in, out := job.Widths[i-1], job.Widths[i]
		params = append(params, dense(job, seq.Weights(in*out), in, out), dense(job, make([]float64, out), 1, out))
	}
	return params, seq
}

func dense(job work.Spec, v []float64, shape ...int) *tensors.Tensor {
	if job.DType == "float64" {
		return tensors.FromFlatDataAndDimensions(v, shape...)
	}
	f := make([]float32, len(v))
	for i, x := range v {
		f[i] = float32(x)
	}
	return tensors.FromFlatDataAndDimensions(f, shape...)
}

// step is gradient, update and the loss after it: it takes the parameters and the batch, and gives the new parameters and
// the loss.
func step(args []*graph.Node) []*graph.Node {
	n := len(args) - 2
	params, x, t := args[:n], args[n], args[n+1]
	var next []*graph.Node
	for i, g := range graph.Gradient(loss(params, x, t), params...) {
		next = append(next, graph.Sub(params[i], graph.MulScalar(g, work.Rate)))
	}
	return append(next, loss(next, x, t))
}

func loss(params []*graph.Node, x, t *graph.Node) *graph.Node {
	batch := x.Shape().Dimensions[0]
	for i := 0; i < len(params); i += 2 {
		if i > 0 {
			x = graph.Sigmoid(x)
		}
		x = graph.Add(graph.Dot(x, params[i]), params[i+1])
	}
	return graph.DivScalar(graph.Neg(graph.ReduceAllSum(graph.Mul(t, graph.LogSoftmax(x, -1)))), float64(batch))
}

// trainer runs the step and keeps the parameters.
type trainer struct {
	step    *graph.Exec
	params  []*tensors.Tensor
	batches [][2]*tensors.Tensor
	at      int
}

// Load names the next batch: the backend's memory is the host's, nothing is copied.
func (t *trainer) Load() error {
	t.at++
	return nil
}

// Work gives the parameters away to the step, which may write the new ones over them.
func (t *trainer) Work() (float64, error) {
	var args []any
	for _, p := range t.params {
		gift, err := graph.DonateTensorBuffer(p, simplego.GetBackend(), 0)
		if err != nil {
			return 0, err
		}
		args = append(args, gift)
	}
	batch := t.batches[(t.at-1)%len(t.batches)]
	out, err := t.step.Exec(append(args, batch[0], batch[1])...)
	if err != nil {
		return 0, err
	}
	last := len(out) - 1
	t.params = out[:last]
	switch v := out[last].Value().(type) {
	case float32:
		return float64(v), nil
	case float64:
		return v, nil
	default:
		return 0, fmt.Errorf("the loss is a %T", v)
	}
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range info.Deps {
		if m.Path == "github.com/gomlx/gomlx" {
			return m.Version
		}
	}
	return ""
}
