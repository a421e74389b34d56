package onnx_test

import (
	"fmt"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/onnx"

	"gorgonia.org/tensor"
)

// A net is written as ONNX, and read again.
func Example() {
	engine, err := backend.Open("go")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer engine.Close()
	net, err := models.MLP{Widths: []int{4, 8, 3}, Activation: "relu", Seed: 1}.Net()
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := models.New(net, engine, tensor.Float32)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer m.Close()
	written, err := onnx.Export(m)
	if err != nil {
		fmt.Println(err)
		return
	}
	read, err := onnx.Decode(written.Encode()) // or written.Save(path) and onnx.Load(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("version", read.Opset, read.Inputs(), read.Outputs())
	for _, op := range read.Ops() {
		fmt.Println(op.Count, op.Name)
	}
	// Output:
	// version 17 ["x", float32 of shape [-1 4]] ["y", float32 of shape [-1 3]]
	// 2 Gemm
	// 1 Relu
	// 1 Softmax
}
