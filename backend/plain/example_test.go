package plain_test

import (
	"fmt"
	"log"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/plain"
	"github.com/stheno/stheno/ir"
)

// The engine has no kernel for a softmax: Prepare makes it of what there is.
func Example() {
	engine, err := backend.Open("plain")
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()
	b := ir.NewBuilder("softmax", ir.Float64)
	p, err := b.Done([]ir.ID{b.Op(ir.Softmax, b.Const([]float64{0, 0, 0, 0}, 1, 4))})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("has softmax:", engine.Has(p, p.At(p.Outputs[0])))

	exec, err := engine.Compile(backend.Prepare(engine, p), nil)
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
	// Output:
	// has softmax: false
	// [0.25 0.25 0.25 0.25]
}
