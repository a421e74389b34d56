package emit_test

import (
	"fmt"
	"log"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/cuda/emit"
	"github.com/stheno/stheno/ir"
)

// A program of one chain is one launch of a kernel of its own.
func ExampleEmit() {
	b := ir.NewBuilder("exp", ir.Float32)
	p, err := b.Done([]ir.ID{b.Op(ir.Exp, b.Input("x", 1000))})
	if err != nil {
		log.Fatal(err)
	}
	launches, err := emit.Emit(backend.Plan(p), emit.Options{Large: emit.Large})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(launches.Launches), "launch, which calls", launches.Calls)
	// Output: 1 launch, which calls [exp_f32]
}
