package graph

import (
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"

	G "gorgonia.org/gorgonia"
)

// apart is an engine whose memory is not the host's, as a GPU's is not: its buffers can be written and read, not looked into.
type apart struct{ backend.Engine }

type apartBuffer struct{ backend.Buffer }

func (apartBuffer) Host() any { return nil }

type apartExec struct{ backend.Exec }

func (x apartExec) Output(i int) backend.Buffer { return apartBuffer{x.Exec.Output(i)} }

func (e apart) Alloc(dt ir.DType, n int) (backend.Buffer, error) {
	b, err := e.Engine.Alloc(dt, n)
	return apartBuffer{b}, err
}

func (e apart) Compile(u *backend.Unit, bind map[string]backend.Buffer) (backend.Exec, error) {
	own := map[string]backend.Buffer{}
	for name, b := range bind {
		own[name] = b.(apartBuffer).Buffer
	}
	x, err := e.Engine.Compile(u, own)
	return apartExec{x}, err
}

// TestMachineOnADevice: a machine works the same on an engine that keeps its memory to itself.
func TestMachineOnADevice(t *testing.T) {
	for name, run := range map[string]program{"linear regression": linearRegression, "iris": irisNet, "mnist": mnistNet, "convolution": convNet} {
		t.Run(name, func(t *testing.T) {
			on := func(e backend.Engine) []float64 {
				return run(t, func(g *G.ExprGraph, learn ...*G.Node) G.VM {
					m, err := NewMachine(g, On(e))
					must(t, err)
					return m
				})
			}
			e := openGo(t)
			if want, got := on(e), on(apart{e}); maxDiff(got, want) != 0 {
				t.Errorf("%v, want %v", got, want)
			}
		})
	}
	g := G.NewGraph()
	y, op, _ := normGraph(g, matrix(g, "x", 4, 1, 1, 2, 4, 8))
	truth := G.Must(G.Gt(y, y, false))
	m, err := NewMachine(g, On(apart{openGo(t)}))
	must(t, err)
	defer m.Close()
	must(t, m.RunAll())
	if got := stats(t, op); maxDiff(got, []float64{3.375, 0.1 + 0.9*9.583333333333334}) > 1e-14 {
		t.Errorf("running statistics %v", got)
	}
	if got := values(t, truth); maxDiff(got, make([]float64, 4)) != 0 {
		t.Errorf("truths %v", got)
	}
}
