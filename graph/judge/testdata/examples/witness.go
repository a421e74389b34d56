// Package witness makes the machine of an example, and writes down what it computed and how long that took.
package witness

import (
	"encoding/gob"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/stheno/stheno/graph"
	"gorgonia.org/gorgonia"
)

// Tape is what the examples ask of a TapeMachine.
type Tape interface {
	gorgonia.VM
	Let(n *gorgonia.Node, be any) error
	Set(a, b *gorgonia.Node) error
}

// Machine is the machine of an example.
type Machine struct {
	Tape
	g *gorgonia.ExprGraph
	*record
	last []value // of the last run
}

// record is what the test reads.
type record struct {
	Millis []float64 // of each run
	Values []value
	Host   []string // ops of our program that run on the host, by a function
}

type value struct {
	Name   string
	Single bool // float32
	Data   []float64
}

var records []*record // in the order in which the program made its machines

// New makes the machine that the environment asks for: the TapeMachine, or ours on an engine.
func New(g *gorgonia.ExprGraph, tape func() Tape, opts ...graph.Option) *Machine {
	m := &Machine{g: g, record: &record{}}
	records = append(records, m.record)
	engine := os.Getenv("MACHINE")
	if engine == "tape" {
		m.Tape = tape()
		return m
	}
	ours, err := graph.NewMachine(g, append(opts, graph.Backend(engine))...)
	if err != nil {
		log.Fatal(err)
	}
	m.Tape = ours
	return m
}

// RunAll runs the graph and notes what is read, the gradients, before a solver changes them, and in a graph without any what
// nothing is computed from: of each run what has a few numbers, of the last run all.
func (m *Machine) RunAll() error {
	start := time.Now()
	if err := m.Tape.RunAll(); err != nil {
		return err
	}
	m.Millis = append(m.Millis, float64(time.Since(start).Nanoseconds())/1e6)
	m.last = nil
	for name, v := range gorgonia.Targets(m.g) {
		m.result(v, name)
	}
	trains := false
	for _, n := range m.g.AllNodes() {
		if n.Op() == nil && n.Deriv() != nil {
			trains = true
			if v, err := n.Grad(); err == nil {
				m.last = note(m.last, v, "gradient of node %d %s", n.ID(), n.Name())
			}
		}
	}
	if !trains {
		for _, n := range m.g.Roots() {
			m.result(n.Value(), fmt.Sprintf("output %d", n.ID()))
		}
	}
	return nil
}

// Close notes what was learned and what ran on the host, and writes all records.
func (m *Machine) Close() error {
	if ours, ok := m.Tape.(*graph.Machine); ok {
		m.Host = onHost(ours.Program().Explain())
	}
	m.Values = append(m.Values, m.last...)
	for _, n := range m.g.AllNodes() {
		if n.Op() == nil && n.Deriv() != nil {
			m.Values = note(m.Values, n.Value(), "node %d %s at the end", n.ID(), n.Name())
		}
	}
	f, err := os.Create(os.Getenv("RECORD"))
	if err != nil {
		return err
	}
	defer f.Close()
	if err := gob.NewEncoder(f).Encode(records); err != nil {
		return err
	}
	return m.Tape.Close()
}

// onHost are the ops that Explain names at its end: "run on the host, by a function: %13 > false, %14 …".
func onHost(explained string) []string {
	_, list, ok := strings.Cut(strings.TrimSpace(explained), "run on the host, by a function: %")
	if !ok {
		return nil
	}
	ops := strings.Split(list, ", %")
	for i := range ops {
		_, ops[i], _ = strings.Cut(ops[i], " ")
	}
	return ops
}

func (m *Machine) result(v gorgonia.Value, name string) {
	const few = 10
	if v != nil && v.Size() > few {
		m.last = note(m.last, v, "%s", name)
		return
	}
	m.Values = note(m.Values, v, "%s in run %d", name, len(m.Millis))
}

// note adds a value to those noted, if there is one: another machine may be the one that computes it.
func note(values []value, v gorgonia.Value, format string, args ...any) []value {
	if v == nil {
		return values
	}
	noted := value{Name: fmt.Sprintf(format, args...)}
	switch data := v.Data().(type) {
	case float64:
		noted.Data = []float64{data}
	case float32:
		noted.Data, noted.Single = []float64{float64(data)}, true
	case []float64:
		noted.Data = append(noted.Data, data...)
	case []float32:
		noted.Single = true
		for _, x := range data {
			noted.Data = append(noted.Data, float64(x))
		}
	case []bool:
		for _, x := range data {
			one := 0.0
			if x {
				one = 1
			}
			noted.Data = append(noted.Data, one)
		}
	default:
		log.Fatalf("%s is a %T", noted.Name, data)
	}
	return append(values, noted)
}
