package graph

import (
	"fmt"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/cpu"    // the engines go and blas are there wherever graphs are compiled,
	_ "github.com/stheno/stheno/backend/cuda" // and cuda, or what is missing for it

	"gonum.org/v1/gonum/blas/gonum"
	"gorgonia.org/gorgonia"
)

// Option changes how a Machine is made. Its twins among Gorgonia's options are named with each.
type Option func(*Machine)

// Backend runs the machine on the engine of that name: go, blas or cuda. Without it, and without On, it is go, and products are
// computed by what gorgonia.Use chose, if that is another than Gorgonia's own and not one that collects calls, such as blase.
func Backend(name string) Option { return func(m *Machine) { m.backend = name } }

// open starts the engine that the options ask for.
func (m *Machine) open() (backend.Engine, error) {
	if m.backend != "" {
		return backend.Open(m.backend)
	}
	chosen := gorgonia.WhichBLAS()
	_, own := chosen.(gonum.Implementation)
	_, collects := chosen.(interface{ DoWork() })
	if own || collects || chosen == nil {
		return backend.Open("go")
	}
	return cpu.New("go", fmt.Sprintf("%T, chosen with gorgonia.Use", chosen), chosen), nil
}

// On runs the machine on an engine that is open already and stays the caller's to close.
func On(e backend.Engine) Option { return func(m *Machine) { m.engine = e } }

// Only computes these nodes, among which those of gorgonia.Read and gorgonia.Set may be, and what BindDualValues asks for, and nothing
// else, as a machine of gorgonia.CompileFunction with gorgonia.WithPrecompiled does: inputs that they do not depend on need no values,
// and the fewer values are kept, the more is fused.
func Only(nodes ...*gorgonia.Node) Option {
	return func(m *Machine) { m.only = true; m.keep = append(m.keep, nodes...) }
}

// EvalMode puts Dropout and BatchNorm in evaluation mode, as gorgonia.EvalMode does; without it they are in training mode.
func EvalMode() Option { return func(m *Machine) { m.eval = true } }

// Seed chooses what Dropout drops, run by run; without it the seed is 0. The lower 48 bits count. Gorgonia takes the clock's.
func Seed(seed uint64) Option { return func(m *Machine) { m.seed = seed } }

// BindDualValues lets the gradients of these nodes, of all that have one if none is named, add up over runs, as
// gorgonia.BindDualValues does: each node has a sum of its own, also where two share a derivative, and Gorgonia's solvers set it to
// zero. Without it a node's gradient is that of the last run.
func BindDualValues(nodes ...*gorgonia.Node) Option {
	return func(m *Machine) { m.dual = true; m.duals = append(m.duals, nodes...) }
}
