package backend_test

import (
	"fmt"
	"log"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu" // registers "go" and "blas"
	"github.com/stheno/stheno/ir"
)

// A program of two instructions is compiled for the engine go, and run.
func Example() {
	engine, err := backend.Open("go")
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()

	b := ir.NewBuilder("root of twice x", ir.Float32)
	x := b.Input("x", 3)
	program, err := b.Done([]ir.ID{b.Op(ir.Sqrt, b.Op(ir.Mul, x, b.Scalar(2)))})
	if err != nil {
		log.Fatal(err)
	}
	memory, err := engine.Alloc(ir.Float32, 3)
	if err != nil {
		log.Fatal(err)
	}
	defer memory.Free()
	exec, err := engine.Compile(backend.Prepare(engine, program), map[string]backend.Buffer{"x": memory})
	if err != nil {
		log.Fatal(err)
	}
	defer exec.Close()

	result := make([]float32, 3)
	if err := memory.Write([]float32{2, 8, 18}); err != nil {
		log.Fatal(err)
	}
	if err := exec.Run(); err != nil {
		log.Fatal(err)
	}
	if err := exec.Output(0).Read(result); err != nil {
		log.Fatal(err)
	}
	fmt.Println(result)
	// Output: [2 4 6]
}

// An engine that is not there is an error, never another engine.
func ExampleOpen() {
	_, err := backend.Open("abacus")
	fmt.Println(err != nil)
	// Output: true
}
