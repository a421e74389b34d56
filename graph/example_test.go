package graph_test

import (
	"fmt"
	"log"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"
	"github.com/stheno/stheno/graph"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A graph that ran on a TapeMachine runs as it is.
func ExampleNewMachine() {
	g := gorgonia.NewGraph()
	x := gorgonia.NewScalar(g, gorgonia.Float64, gorgonia.WithName("x"), gorgonia.WithValue(3.0))
	y := gorgonia.Must(gorgonia.Square(x))
	if _, err := gorgonia.Grad(y, x); err != nil {
		log.Fatal(err)
	}
	m, err := graph.NewMachine(g) // was: m := gorgonia.NewTapeMachine(g)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	if err := m.RunAll(); err != nil {
		log.Fatal(err)
	}
	slope, err := x.Grad()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(y.Value(), slope)
	// Output: 9 6
}

// A program of chosen nodes, whose run moves a parameter.
func ExampleCompile() {
	engine, err := backend.Open("go")
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()
	g := gorgonia.NewGraph()
	x := gorgonia.NewScalar(g, gorgonia.Float64, gorgonia.WithName("x"))
	w := gorgonia.NewScalar(g, gorgonia.Float64, gorgonia.WithName("w"), gorgonia.WithValue(2.0))
	y := gorgonia.Must(gorgonia.Mul(x, w))
	p, err := graph.Compile(engine, graph.Spec{
		Name: "example", Inputs: gorgonia.Nodes{x}, Params: gorgonia.Nodes{w}, Outputs: gorgonia.Nodes{y},
		Updates: []graph.Update{{Param: w, Value: gorgonia.Must(gorgonia.Add(w, x))}},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	if err := p.Var("x").SetFloats([]float64{5}); err != nil {
		log.Fatal(err)
	}
	for range 3 {
		if err := p.Run(); err != nil {
			log.Fatal(err)
		}
		y, err := p.Scalar(0)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(y)
	}
	// Output:
	// 10
	// 35
	// 60
}

// square is a model of one parameter whose loss is Σ w².
type square struct{ w []float64 }

func (s square) Param(string) []float64 { return s.w }

func (s square) Loss() (loss float64, err error) {
	for _, w := range s.w {
		loss += w * w
	}
	return loss, nil
}

// A derivative is held to finite differences of the function, which may be any.
func ExampleCheck() {
	r, err := graph.Check(graph.Subject{
		Params:     []graph.NamedShape{{Name: "w", Shape: []int{3}}},
		Symbolic:   map[string][]float64{"w": {2, 4, 6}},
		Evaluators: []graph.Evaluator{square{[]float64{1, 2, 3}}},
	}, graph.DefaultCheck)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.OK(), r.Rows[0].Checked)
	// Output: true 3
}

func ExampleNumericalGradient() {
	f := func(x *tensor.Dense) float64 {
		v := x.Data().([]float64)
		return v[0]*v[0] + v[1]*v[1]
	}
	slope, err := graph.NumericalGradient(f, tensor.New(tensor.WithBacking([]float64{3, 4})), graph.DefaultStep)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.6f\n", slope.Data())
	// Output: [6.000000 8.000000]
}
