package ir_test

import (
	"fmt"
	"log"

	"github.com/stheno/stheno/ir"
)

// layer is sigmoid(x·W + b) for three samples of two numbers.
func layer() *ir.Program {
	b := ir.NewBuilder("layer", ir.Float32)
	x, w, bias := b.Input("x", 3, 2), b.Input("W", 2, 1), b.Input("b", 1)
	sums := b.Op(ir.Add, b.Op(ir.MatMul, x, w), b.View(bias, ir.View{Strides: []int{0, 1}}, 3, 1))
	p, err := b.Done([]ir.ID{b.Op(ir.Sigmoid, sums)})
	if err != nil {
		log.Fatal(err)
	}
	return p
}

func ExampleBuilder() {
	fmt.Print(layer())
	// Output:
	// program layer float32
	//   %0 = input "x"                               3x2
	//   %1 = input "W"                               2x1
	//   %2 = input "b"                               1
	//   %3 = matmul %0 %1                            3x1
	//   %4 = view %2 [0 1]                           3x1
	//   %5 = add %3 %4                               3x1
	//   %6 = sigmoid %5                              3x1
	//   return %6
}

func ExampleProgram_Eval() {
	outputs, _, err := layer().Eval(map[string][]float64{"x": {1, 2, 0, 0, -1, -2}, "W": {1, -0.5}, "b": {0}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(outputs[0])
	// Output: [0.5 0.5 0.5]
}

// The bias and the activation become part of the product.
func ExampleOptimize() {
	fmt.Print(ir.Optimize(layer()))
	// Output:
	// program layer float32
	//   %0 = input "x"                               3x2
	//   %1 = input "W"                               2x1
	//   %2 = input "b"                               1
	//   %3 = matmul %0 %1 + %2 sigmoid               3x1
	//   return %3
}
