package train

import (
	"math"
	"slices"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// looper is the engine "go" as one that repeats programs by itself, in the plainest way.
type looper struct {
	backend.Engine
	refuse bool // to repeat any program
	open   int  // tables and loops
	runs   int
}

type rows struct {
	l     *looper
	data  []byte
	width int
}

func (l *looper) NewTable(data []byte, width int) (backend.Table, error) {
	l.open++
	return &rows{l, data, width}, nil
}

func (r *rows) Close() { r.l.open-- }

func (l *looper) NewLoop(x backend.Exec, rows, most int, feeds ...backend.Feed) (backend.Loop, error) {
	if l.refuse {
		return nil, backend.ErrNotRepeatable
	}
	l.open++
	return &repeated{l, x, rows, feeds}, nil
}

type repeated struct {
	l     *looper
	x     backend.Exec
	rows  int
	feeds []backend.Feed
}

func (r *repeated) Close() { r.l.open-- }

func (r *repeated) Run(idx []int, out []float64) error {
	for i := range out {
		for _, f := range r.feeds {
			fill(f, idx[i*r.rows:(i+1)*r.rows])
		}
		if err := r.x.Run(); err != nil {
			return err
		}
		out[i] = float64(r.x.Output(0).Host().([]float32)[0])
		r.l.runs++
	}
	return nil
}

func fill(f backend.Feed, idx []int) {
	into, t := f.Into.Host().([]float32), f.Table.(*rows)
	columns := len(into) / len(idx) / t.width
	for i := range into {
		b := t.data[idx[i/columns/t.width]*t.width+i/columns%t.width]
		switch {
		case f.Encoding == backend.Scaled:
			into[i] = float32(b) / 255
		case int(b) == i%columns:
			into[i] = 1
		default:
			into[i] = 0
		}
	}
}

// On an engine that repeats programs a run has the losses and accuracies that it has elsewhere, and leaves nothing there; one that
// refuses a program gets it run by run.
func TestRunOnLooper(t *testing.T) {
	d, c := stripes(1230), Config{Batch: 20, Iters: 150, LR: 0.1, Seed: 3} // two whole batches to evaluate, and a rest
	for i := 1000; i < 1230; i++ {
		d.Train.Labels[i] = 0 // most of the rest is wrong
	}
	d.Test = data.Split{Images: d.Test.Images[:7*16], Labels: d.Test.Labels[:7]}
	want, err := Run(t.Context(), model(t, tensor.Float32, 16, 8, 4), d, c, Events{})
	if err != nil {
		t.Fatal(err)
	}
	for _, refuse := range []bool{false, true} {
		l := newLooper(t)
		l.refuse = refuse
		m := modelOn(t, l)
		got, err := Run(t.Context(), m, d, c, Events{})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Losses, want.Losses) || !slices.Equal(got.Epochs, want.Epochs) || got.TestAcc != want.TestAcc {
			t.Errorf("refuse %v: losses and accuracies differ: %v, want %v", refuse, got.Epochs, want.Epochs)
		}
		if (l.runs == 0) != refuse || l.open != 0 {
			t.Errorf("refuse %v: %d runs, %d tables and loops are left open", refuse, l.runs, l.open)
		}
	}
}

// TestRunOnLooperOfFloats: samples that are no bytes go there batch by batch, with the same numbers.
func TestRunOnLooperOfFloats(t *testing.T) {
	c := Config{Batch: 20, Iters: 60, LR: 0.1}
	net, err := models.MLP{Widths: []int{3, 4, 2}, Activation: "tanh", Std: 0.3, Seed: 1, Regression: true}.Net()
	if err != nil {
		t.Fatal(err)
	}
	want, err := Run(t.Context(), netModel(t, net, tensor.Float32), planes(t), c, Events{})
	if err != nil {
		t.Fatal(err)
	}
	l := newLooper(t)
	m, err := models.New(net, l, tensor.Float32)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	got, err := Run(t.Context(), m, planes(t), c, Events{})
	if err != nil || !slices.Equal(got.Losses, want.Losses) || got.TestAcc != want.TestAcc || l.runs > 0 || l.open > 0 {
		t.Errorf("R² %v, want %v; %d runs, %d tables and loops left open; %v", got.TestAcc, want.TestAcc, l.runs, l.open, err)
	}
}

func newLooper(t *testing.T) *looper {
	t.Helper()
	e, err := backend.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return &looper{Engine: e}
}

func modelOn(t *testing.T, e backend.Engine) *models.Model {
	t.Helper()
	net, err := models.MLP{Widths: []int{16, 8, 4}, Std: 0.3, Seed: 1}.Net()
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.New(net, e, tensor.Float32)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

// An image with a NaN among its scores is wrong there, too.
func TestNaNOnLooper(t *testing.T) {
	d, m := stripes(40), modelOn(t, newLooper(t))
	if err := m.SetParam("b2", []float64{0, 0, math.NaN(), 0}); err != nil {
		t.Fatal(err)
	}
	e, err := NewEvaluator(m, d)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if got, err := e.Score(d.Source(&d.Train)); err != nil || got != 0 {
		t.Errorf("accuracy %v, want 0; %v", got, err)
	}
}
