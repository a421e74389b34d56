package bench_test

import (
	"fmt"
	"log"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"
	"github.com/stheno/stheno/bench"
)

// The chapter's job on an engine: a step is what is timed.
func ExampleRunner() {
	engine, err := backend.Open("go")
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()
	r, err := bench.NewRunner(engine, bench.Main)
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	var loss float64
	for range bench.GateSteps {
		if loss, err = r.Step(); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(bench.Main)
	fmt.Printf("the loss is %.4f\n", loss)
	// Output:
	// net=784-50-10/batch=100/dtype=float32
	// the loss is 2.2944
}
