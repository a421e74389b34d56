package main

import (
	"fmt"
	"io"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// notebookW is the weight matrix that the notebook drew, (2, 3), as it printed it.
var notebookW = []float64{-0.0473092, 0.27156731, -0.34171092, -0.24679116, -0.77143416, -0.04453794}

// simpleNet is the net of one matrix (4.4.2): prediction, loss, and its gradient by both ways.
func simpleNet(w io.Writer, e backend.Engine) error {
	m, err := models.New(models.SimpleNet(2, 3, notebookW), e, tensor.Float64)
	if err != nil {
		return err
	}
	defer m.Close()
	x := tensor.New(tensor.WithShape(1, 2), tensor.WithBacking([]float64{0.6, 0.9}))
	t := tensor.New(tensor.WithShape(1, 3), tensor.WithBacking([]float64{0, 0, 1}))
	y, err := m.Predict(x)
	if err != nil {
		return err
	}
	loss, err := m.Loss(x, t)
	if err != nil {
		return err
	}
	numerical, err := m.NumericalGradient(x, t)
	if err != nil {
		return err
	}
	symbolic, err := m.Gradient(x, t)
	if err != nil {
		return err
	}
	scores := y.Data().([]float64)
	fmt.Fprintf(w, "\nsimpleNet: W, as the notebook prints it; it was drawn with more digits, so that the last ones below differ\n%s\n", formatMatrix(notebookW, 3))
	fmt.Fprintf(w, "\npredict((0.6, 0.9))\n%s\n", formatArray(scores))
	fmt.Fprintf(w, "\nargmax\n%d\n", models.Argmax(scores))
	fmt.Fprintf(w, "\nloss for the third class\n%v\n", loss)
	fmt.Fprintf(w, "\ndW, numerical\n%s\n", formatMatrix(numerical["W"].Data().([]float64), 3))
	fmt.Fprintf(w, "\ndW, symbolic\n%s\n", formatMatrix(symbolic["W"].Data().([]float64), 3))
	return nil
}

// shapes are those of TwoLayerNet's parameters (4.5.1).
func shapes(w io.Writer, _ backend.Engine) error {
	net, err := models.TwoLayerNet(784, 100, 10, 0.01, 1).Net()
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "\nTwoLayerNet(784, 100, 10)")
	for _, p := range net.Params {
		fmt.Fprintf(w, "%s %s\n", p.Name, formatShape(p.Shape))
	}
	return nil
}
