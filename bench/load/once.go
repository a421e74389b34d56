package main

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/internal/python"
	"github.com/stheno/stheno/models"
)

// samples is how many predictions of one sample are timed, here and in onnxruntime_serve.py.
const samples = 5000

// once prints the time of one sample, by models.Predictor and by onnxruntime, without a server.
func (o *options) once(out io.Writer, model string) error {
	e, err := backend.Open("go")
	if err != nil {
		return err
	}
	defer e.Close()
	m, err := models.Load(model, e)
	if err != nil {
		return err
	}
	p, err := models.NewPredictor(m, models.Batching{})
	if err != nil {
		return err
	}
	defer p.Close()
	x, y := make([]float32, 784), make([]float32, 10)
	for i := range x {
		x[i] = float32(i*7919%1000) / 1000
	}
	times := make([]time.Duration, samples)
	for i := range times {
		began := time.Now()
		if err := p.Predict(context.Background(), y, x); err != nil {
			return err
		}
		times[i] = time.Since(began)
	}
	slices.Sort(times)
	fmt.Fprintf(out, "Stheno: %d ns\n", times[samples/2].Nanoseconds())
	if !o.peers {
		return nil
	}
	peer := peers[1]
	interpreter, err := python.With(".", peer.python...)
	if err != nil {
		fmt.Fprintf(out, "onnxruntime: %v\n", err)
		return nil
	}
	answer, err := exec.Command(interpreter, filepath.Join("bench", "peers", "python", "onnxruntime_serve.py"), model, "once").Output()
	if err != nil {
		return fmt.Errorf("onnxruntime: %w", err)
	}
	fmt.Fprintf(out, "onnxruntime: %s ns\n", strings.TrimSpace(string(answer)))
	return nil
}
