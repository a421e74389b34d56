package cpu_test

import (
	"fmt"
	"log"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/cpu"
	"github.com/stheno/stheno/ir"

	"gonum.org/v1/gonum/blas/gonum"
)

// Any product with gonum's signatures makes an engine.
func ExampleNew() {
	engine := cpu.New("gonum", "gonum's own products", gonum.Implementation{})
	defer engine.Close()
	b := ir.NewBuilder("product", ir.Float64)
	x := b.Const([]float64{1, 2, 3, 4}, 2, 2)
	p, err := b.Done([]ir.ID{b.Op(ir.MatMul, x, x)})
	if err != nil {
		log.Fatal(err)
	}
	exec, err := engine.Compile(backend.Plan(p), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer exec.Close()
	y := make([]float64, 4)
	if err := exec.Run(); err != nil {
		log.Fatal(err)
	}
	if err := exec.Output(0).Read(y); err != nil {
		log.Fatal(err)
	}
	fmt.Println(y)
	// Output: [7 10 15 22]
}
