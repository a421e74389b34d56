package models_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/plain"
	"github.com/stheno/stheno/graph"
	"github.com/stheno/stheno/models"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// TestSoak does for long what a server does all day: predictions of random batch sizes on one model, engines that open and close,
// graphs that are compiled and closed. Memory, goroutines and open files must be at the end what they were after the first sixth.
// It takes two seconds; with STHENO_LONG=1 it goes on until a minute before the test's deadline, and says where it stands six times:
//
//	STHENO_LONG=1 go test -v -timeout 61m -run Soak ./models
func TestSoak(t *testing.T) {
	const parts = 6
	end := time.Now().Add(2 * time.Second)
	if os.Getenv("STHENO_LONG") == "1" {
		end = time.Now().Add(time.Hour)
		if deadline, ok := t.Deadline(); ok {
			end = deadline.Add(-time.Minute)
		}
	}
	const seed = 1
	s := newSoak(t, seed)
	began := time.Now()
	var first, last usage
	for part := 1; part <= parts; part++ {
		for until := began.Add(end.Sub(began) * time.Duration(part) / parts); time.Now().Before(until) || s.rounds < part; {
			s.round()
		}
		last = s.use()
		t.Logf("%8s %8d rounds: %v", time.Since(began).Round(time.Second), s.rounds, last)
		if part == 1 {
			first = last
		}
	}
	if err := last.against(first); err != nil {
		t.Errorf("seed %d, %d rounds: %v", seed, s.rounds, err)
	}
}

// soak is the model that lives throughout.
type soak struct {
	t      *testing.T
	r      *rand.Rand
	rounds int
	m      *models.Model
	x      []float32
}

// mostRows is the largest batch; the programs of all batch sizes together are some times their limit.
const mostRows, soakLimit = 64, 1 << 18

func newSoak(t *testing.T, seed uint64) *soak {
	s := &soak{t: t, r: rand.New(rand.NewPCG(seed, 0)), x: make([]float32, mostRows*soakIn)}
	s.m = s.model(openEngine(t, "go"), 50)
	t.Cleanup(s.m.Close)
	if err := s.m.LimitPrograms(soakLimit); err != nil {
		t.Fatal(err)
	}
	return s
}

const soakIn = 100

func (s *soak) model(e backend.Engine, hidden int) *models.Model {
	s.t.Helper()
	net, err := models.TwoLayerNet(soakIn, hidden, 10, 0.1, s.r.Uint64()).Net()
	if err != nil {
		s.t.Fatal(err)
	}
	m, err := models.New(net, e, tensor.Float32)
	if err != nil {
		s.t.Fatal(err)
	}
	return m
}

// round is 20 predictions of the model, then an engine with a model that predicts and trains, then a graph of Gorgonia's.
func (s *soak) round() {
	s.t.Helper()
	s.rounds++
	errs := make([]error, 0, 23)
	for range 20 {
		errs = append(errs, s.predict(s.m))
	}
	errs = append(errs, s.open([]string{"go", "blas", "plain"}[s.r.IntN(3)]), s.compile(), s.machine())
	if err := errors.Join(errs...); err != nil {
		s.t.Fatal(err)
	}
}

func (s *soak) predict(m *models.Model) error {
	rows := 1 + s.r.IntN(mostRows)
	_, err := m.Predict(tensor.New(tensor.WithShape(rows, soakIn), tensor.WithBacking(s.x[:rows*soakIn])))
	return err
}

// open opens an engine, where the machine has it, uses it and closes all.
func (s *soak) open(engine string) error {
	e, err := backend.Open(engine)
	if err != nil {
		return nil
	}
	defer e.Close()
	m := s.model(e, 100+s.r.IntN(100)) // enough for the engine's workers
	defer m.Close()
	step, err := m.Step(1+s.r.IntN(mostRows), models.Adam{})
	if err != nil {
		return err
	}
	defer step.Close()
	return errors.Join(step.SetLR(0.1), step.Run(), s.predict(m))
}

// product is a graph of a random size, its input and its output.
func (s *soak) product() (x, y *gorgonia.Node) {
	n := 1 + s.r.IntN(mostRows)
	x = gorgonia.NewMatrix(gorgonia.NewGraph(), gorgonia.Float32, gorgonia.WithShape(n, n), gorgonia.WithName("x"), gorgonia.WithInit(gorgonia.Ones()))
	return x, gorgonia.Must(gorgonia.Sigmoid(gorgonia.Must(gorgonia.Mul(x, x))))
}

// compile compiles a graph on the model's engine, runs it and closes it.
func (s *soak) compile() error {
	x, y := s.product()
	p, err := graph.Compile(s.m.Engine(), graph.Spec{Name: "product", Inputs: gorgonia.Nodes{x}, Outputs: gorgonia.Nodes{y}})
	if err != nil {
		return err
	}
	defer p.Close()
	return p.Run()
}

// machine runs a graph in the place of Gorgonia's machine, with an engine of its own.
func (s *soak) machine() error {
	x, _ := s.product()
	m, err := graph.NewMachine(x.Graph())
	if err != nil {
		return err
	}
	return errors.Join(m.RunAll(), m.Close())
}

// usage is what the process has: bytes of memory, resident and in Go's heap, goroutines, open files. What the system does not tell is 0.
type usage struct{ resident, heap, goroutines, files int }

func (u usage) String() string {
	return fmt.Sprintf("%.1f MB resident, %.1f MB in the heap, %d goroutines, %d files", float64(u.resident)/1e6, float64(u.heap)/1e6, u.goroutines, u.files)
}

// use waits for the workers of closed engines to end, and for what is garbage to go.
func (s *soak) use() usage {
	for range 200 { // goroutines end a little after they are told to
		n := runtime.NumGoroutine()
		if time.Sleep(10 * time.Millisecond); runtime.NumGoroutine() >= n {
			break
		}
	}
	debug.FreeOSMemory()
	u := usage{heap: heap(), goroutines: runtime.NumGoroutine()}
	if files, err := os.ReadDir("/proc/self/fd"); err == nil {
		u.files = len(files) - 1 // the folder itself
	}
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		_, after, _ := strings.Cut(string(status), "VmRSS:")
		_, _ = fmt.Sscan(after, &u.resident)
		u.resident *= 1024
	}
	return u
}

// against is an error where this is more than an earlier usage. Memory may differ a little: what is in the heap depends on which batch
// sizes were last, and what is resident on where the collector has left holes.
func (u usage) against(first usage) error {
	if u.heap > first.heap+(2<<20) || u.resident > first.resident+first.resident/4+(16<<20) || u.goroutines > first.goroutines || u.files > first.files {
		return fmt.Errorf("it had %v, and has %v", first, u)
	}
	return nil
}
