package models_test

import (
	"errors"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend/backendtest"
	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// TestTooLarge: what no machine has memory for is one line with both figures, and nothing is taken for it.
func TestTooLarge(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("this system does not tell how much memory is left")
	}
	e := backendtest.NoLeaks(t, openEngine(t, "go"))
	_, layers := models.MLP{Widths: slices.Repeat([]int{1 << 15}, 1000)}.Net()
	net, err := models.MLP{Widths: []int{2, 1 << 20, 2}, Std: models.Zero}.Net()
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.New(net, e, tensor.Float32)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	_, step := m.Step(1<<20, nil)
	_, buffer := e.Alloc(ir.Float64, math.MaxInt/2)
	large := models.Net{Name: "large", In: 2, Out: 2, Scores: net.Scores, Loss: net.Loss}
	for i := range 1000 {
		large.Params = append(large.Params, models.Param{Name: strings.Repeat("w", i+1), Shape: []int{1 << 15, 1 << 15}})
	}
	_, params := models.New(large, e, tensor.Float64)
	for what, err := range map[string]error{"layer widths [": layers, "program step: ": step, "": buffer, `net "large" of 1073741824000 parameters: `: params} {
		if err == nil {
			err = errors.New("none")
		}
		if s := err.Error(); !strings.HasPrefix(s, what) || !strings.Contains(s, " GB of memory are needed, and ") || strings.Contains(s, "\n") {
			t.Errorf("error %.200v, want %q and how much memory is left", s, what)
		}
	}
}
