package models_test

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/backendtest"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// compiling counts what an engine compiles.
type compiling struct {
	backend.Engine
	n int
}

func (c *compiling) Compile(u *backend.Unit, bind map[string]backend.Buffer) (backend.Exec, error) {
	c.n++
	return c.Engine.Compile(u, bind)
}

// rows is a model with `in` inputs, and what it predicts for the first rows of a matrix.
type rows struct {
	t    *testing.T
	e    *compiling
	live *backendtest.Counted
	m    *models.Model
	in   int
	x    []float32
}

func newRows(t *testing.T, most, in, hidden int) *rows {
	t.Helper()
	net, err := models.MLP{Widths: []int{in, hidden, 10}, Std: 0.5, Seed: 7}.Net()
	if err != nil {
		t.Fatal(err)
	}
	r := &rows{t: t, in: in, live: backendtest.NoLeaks(t, openEngine(t, "go")), x: make([]float32, most*in)}
	r.e = &compiling{Engine: r.live}
	if r.m, err = models.New(net, r.e, tensor.Float32); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.m.Close)
	for i := range r.x {
		r.x[i] = float32(i%7) / 7
	}
	return r
}

func (r *rows) batch(n int) *tensor.Dense {
	return tensor.New(tensor.WithShape(n, r.in), tensor.WithBacking(r.x[:n*r.in]))
}

func (r *rows) predict(n int) []float32 {
	r.t.Helper()
	y, err := r.m.Predict(r.batch(n))
	if err != nil {
		r.t.Fatal(err)
	}
	return y.Float32s()
}

func (r *rows) limit(bytes int) {
	r.t.Helper()
	if err := r.m.LimitPrograms(bytes); err != nil {
		r.t.Fatal(err)
	}
}

// TestProgramsStayUnderLimit: however many batch sizes there are, the engine has the programs that fit, their inputs and the parameters,
// and the process has no more than they say; what is compiled again gives the same.
func TestProgramsStayUnderLimit(t *testing.T) {
	const most, limit = 400, 16 << 20
	r := newRows(t, most, 784, 20)
	r.limit(limit)
	first := slices.Clone(r.predict(3))
	before := heap()
	for n := 1; n <= most; n++ {
		r.predict(n)
		programs, bytes := r.m.Programs()
		if buffers, execs := r.live.Live(); bytes > limit || execs != programs || buffers != 4+programs {
			t.Fatalf("after a batch of %d: %d programs of %d bytes; the engine has %d programs and %d buffers", n, programs, bytes, execs, buffers)
		}
	}
	if grown := heap() - before; grown > limit*5/4 {
		t.Errorf("the heap has grown by %d bytes, the limit is %d", grown, limit)
	}
	compiled := r.e.n
	if again := r.predict(3); r.e.n != compiled+1 || !slices.Equal(again, first) {
		t.Errorf("compiled %d times, it predicts %v, and %v before", r.e.n-compiled, again, first)
	}
}

// TestProgramsShareParameters: no program but the first has a copy of the parameters' initial values.
func TestProgramsShareParameters(t *testing.T) {
	r := newRows(t, 11, 784, 1000)
	r.predict(11)
	before := heap()
	for n := 1; n <= 10; n++ {
		r.predict(n)
	}
	if grown, once := heap()-before, 4*r.m.Net.Size(); grown > once {
		t.Errorf("10 programs of a few rows take %d bytes, the parameters have %d", grown, once)
	}
	runtime.KeepAlive(r)
}

func heap() int {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int(s.HeapAlloc)
}

// TestLeastRecentlyUsedGoes: the program that was not used for longest makes room, and the last one used stays whatever the limit.
func TestLeastRecentlyUsedGoes(t *testing.T) {
	r := newRows(t, 400, 30, 20)
	for _, n := range []int{400, 300, 200, 400} {
		r.predict(n)
	}
	_, bytes := r.m.Programs()
	r.limit(bytes)
	r.predict(100) // 300 goes
	compiled := r.e.n
	for _, n := range []int{400, 200, 100} {
		if r.predict(n); r.e.n != compiled {
			t.Fatalf("the program of a batch of %d has gone, and not that of 300", n)
		}
	}
	r.limit(0)
	if programs, bytes := r.m.Programs(); programs != 1 || bytes == 0 {
		t.Errorf("limit 0 leaves %d programs of %d bytes, want one", programs, bytes)
	}
	if r.predict(100); r.e.n != compiled {
		t.Error("the last program used has gone")
	}
}

// TestHeldProgramStays: who holds a program can run it until they close it, and then it makes room like others.
func TestHeldProgramStays(t *testing.T) {
	r := newRows(t, 8, 30, 20)
	r.limit(0)
	want := slices.Clone(r.predict(5))
	one, err1 := r.m.Program("predict", 5)
	two, err2 := r.m.Program("predict", 5)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	one.Close()
	one.Close() // not two's
	r.predict(6)
	r.predict(7)
	if programs, _ := r.m.Programs(); programs != 2 {
		t.Errorf("%d programs, want the held one and the last", programs)
	}
	if err := errors.Join(two.X.Write(r.x[:5*30]), two.Run()); err != nil {
		t.Fatal(err)
	}
	if got := two.Output(0).Host().([]float32); !slices.Equal(got, want) {
		t.Errorf("a held program gives %v, want %v", got, want)
	}
	two.Close()
	r.predict(8)
	for err, want := range map[error]string{
		two.Run():               "program predict is closed",
		two.X.Write(r.x[:5*30]): "input call.x: the programs that read it are closed",
		r.m.LimitPrograms(-1):   "a limit of -1 bytes for the programs: it must be at least 0, which keeps only the last one used",
	} {
		if err == nil || err.Error() != want || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	held, err := r.m.Program("scores", 2)
	if err != nil {
		t.Fatal(err)
	}
	r.m.Close()
	if programs, bytes := r.m.Programs(); programs != 0 || bytes != 0 || held.Run() == nil || !errors.Is(r.m.LimitPrograms(1), models.ErrClosed) {
		t.Errorf("a closed model has %d programs of %d bytes, and they run", programs, bytes)
	}
	held.Close()
}

// TestUsualLimit: evaluations of several batch sizes, up to all test images of MNIST, are compiled once.
func TestUsualLimit(t *testing.T) {
	r := newRows(t, 10000, 784, 20)
	target := make([]float32, 10000*10)
	for i := range 10000 {
		target[i*10+i%10] = 1
	}
	compiled := 0
	for turn := range 2 {
		for _, n := range []int{1, 100, 500, 1000, 10000} {
			to := tensor.New(tensor.WithShape(n, 10), tensor.WithBacking(target[:n*10]))
			_, err1 := r.m.Loss(r.batch(n), to)
			_, err2 := r.m.Accuracy(r.batch(n), to)
			if err := errors.Join(err1, err2); err != nil {
				t.Fatal(err)
			}
		}
		if turn > 0 && r.e.n != compiled {
			t.Errorf("%d programs were compiled again", r.e.n-compiled)
		}
		compiled = r.e.n
	}
}
