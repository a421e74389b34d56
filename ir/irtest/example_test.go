package irtest_test

import (
	"fmt"
	"log"

	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
)

// A pass is right when a program, whatever it is, means the same before and after it.
func ExampleProgram() {
	for seed := range uint64(20) {
		p, in := irtest.Program(ir.Float64, seed)
		want, wantUpdated, err := p.Eval(in)
		if err != nil {
			log.Fatal(err)
		}
		got, gotUpdated, err := ir.Fold(p).Eval(in)
		if err != nil {
			log.Fatal(err)
		}
		if err := irtest.CloseAll(got, want, gotUpdated, wantUpdated, 1e-9); err != nil {
			log.Fatalf("seed %d: %v", seed, err)
		}
	}
	fmt.Println("20 programs mean the same after Fold")
	// Output: 20 programs mean the same after Fold
}
