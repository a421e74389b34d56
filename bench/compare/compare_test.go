package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/bench"
	"github.com/stheno/stheno/bench/report"
	"github.com/stheno/stheno/bench/work"

	"gorgonia.org/tensor"
)

// showEnv has the test binary say what cleanEnv leaves of its environment, in place of testing.
const showEnv = "STHENO_TEST_SHOW_ENV"

// TestMain goes to the top of the repository, where the program is run.
func TestMain(m *testing.M) {
	if keep := os.Getenv(showEnv); keep != "" {
		said, err := cleanEnv(keep == "keep")
		fmt.Println(said, err, os.Getenv("OPENBLAS_CORETYPE"), os.Getenv("OMP_NUM_THREADS"))
		return
	}
	if err := os.Chdir("../.."); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// bent is the engine go with a fault: after every run of a program, bend gets each float32 buffer that the program wrote
// to, before and after.
type bent struct {
	backend.Engine
	bend func(before, after []float32)
}

type bentExec struct {
	backend.Exec
	bend func(run func() error) error
}

func (x bentExec) Run() error { return x.bend(x.Exec.Run) }

func (e bent) Compile(u *backend.Unit, bind map[string]backend.Buffer) (backend.Exec, error) {
	x, err := e.Engine.Compile(u, bind)
	return bentExec{x, func(run func() error) error {
		before := map[string][]float32{}
		for name, b := range bind {
			if v, ok := b.Host().([]float32); ok {
				before[name] = slices.Clone(v)
			}
		}
		err := run()
		for name, v := range before {
			e.bend(v, bind[name].Host().([]float32))
		}
		return err
	}}, err
}

// faults are errors in the arithmetic of a training step.
var faults = []struct {
	name string
	bend func(before, after []float32)
}{
	{"updates 1 % too long", func(before, after []float32) {
		for i := range after {
			after[i] += 0.01 * (after[i] - before[i])
		}
	}},
	{"the last element is never computed", func(before, after []float32) {
		after[len(after)-1] = before[len(before)-1]
	}},
	{"no number", func(_, after []float32) { after[0] = float32(math.NaN()) }},
}

// rowOf is the row of an engine whose peer has said hello, through the conversation that programs are measured in.
func rowOf(t *testing.T, e backend.Engine, j bench.Job) report.Row {
	t.Helper()
	r, err := bench.New(e, j)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	requests, in := io.Pipe()
	out, answers := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := work.Serve(requests, answers, work.Hello{}, r, nil)
		answers.Close()
		ended <- err
	}()
	c, err := converse(in, out)
	if err != nil {
		return report.Row{Problem: (<-ended).Error()}
	}
	if ms, err := c.ask("steps", 2); err != nil || !(ms > 0) {
		t.Errorf("two steps: %v ms, error %v", ms, err)
	}
	if _, err := c.ask("handstands", 1); err == nil || !strings.Contains(err.Error(), "handstands") {
		t.Errorf("a unit that does not exist: error %v, want one that names it", err)
	}
	in.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	return report.Row{Gate: c.hello.Gate, Values: []float64{1}}
}

// TestGate: an engine whose arithmetic is broken on purpose is caught, the same engine without the fault is not.
func TestGate(t *testing.T) {
	e, err := backend.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	check := func(j job, e backend.Engine) report.Row {
		c := report.Comparison{Expected: j.expected, Tolerance: tolerance, Rows: []report.Row{rowOf(t, e, j.job)}}
		c.Check()
		return c.Rows[0]
	}
	for _, j := range slices.Concat(jobTable[:4], smallJobs[2:]) {
		if r := check(j, e); r.Problem != "" {
			t.Errorf("%s: the engine as it is: %s", j.title, r.Problem)
		}
	}
	for _, f := range faults {
		for _, j := range []job{jobTable[0], smallJobs[2]} {
			if r := check(j, bent{e, f.bend}); !strings.HasPrefix(r.Problem, "DIFFERENT WORK") || r.Values != nil {
				t.Errorf("%s: %s: not caught: loss %.7f, expected %.7f, problem %q", j.title, f.name, r.Gate, j.expected, r.Problem)
			}
		}
	}
}

// smallJobs are those that peers are held to: the main job in both types, and nets with convolutions with few images.
var smallJobs = append(jobTable[:2:2],
	job{title: "the convnet, a step, batch 10", job: bench.Job{Net: "convnet", Batch: 10, DType: tensor.Float32}, expected: 2.6210028508},
	job{title: "SimpleConvNet, a step, batch 10", job: bench.Job{Net: "simpleconv", Batch: 10, DType: tensor.Float32}, expected: 2.3771361497},
	job{title: "DeepConvNet, a step, batch 10", job: bench.Job{Net: "deepconv", Batch: 10, DType: tensor.Float32}, expected: 2.3534363962},
	job{title: "the convnet, forward, batch 10", job: bench.Job{Net: "convnet", Forward: true, Batch: 10, DType: tensor.Float32}, expected: 3.1767662779},
)

// TestPeersAgree: every peer that this machine has starts from the same numbers and does the same work.
func TestPeersAgree(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds every peer: not with -short")
	}
	t.Setenv("GOPROXY", "off") // no test downloads anything
	c := &comparer{quick: true, dir: t.TempDir(), tell: io.Discard}
	c.find("")
	for _, m := range c.Missing {
		name, why, _ := strings.Cut(m, ":")
		t.Run(name, func(t *testing.T) { t.Skip(why) })
	}
	for _, p := range c.programs {
		t.Run(p.name, func(t *testing.T) {
			done := 0
			for _, j := range smallJobs {
				s := j.job.Spec()
				if !p.can(s) {
					continue
				}
				done++
				r, err := start(p.argv(s), 1, time.Minute)
				if err != nil {
					t.Fatal(err)
				}
				defer r.close()
				if d := math.Abs(r.hello.Gate - j.expected); !(d <= tolerance) {
					t.Errorf("%s: loss %.9f, expected %.9f", j.title, r.hello.Gate, j.expected)
				}
				if ms, err := r.ask("steps", 1); err != nil || !(ms > 0) {
					t.Errorf("a step: %v ms, error %v", ms, err)
				}
			}
			if done == 0 {
				t.Error("it does none of the jobs")
			}
		})
	}
}

// TestMeddles: what changes kernels or threads is dropped from the environment, and nothing else is.
func TestMeddles(t *testing.T) {
	for name, want := range map[string]bool{
		"OPENBLAS_CORETYPE": true, "OPENBLAS_L2_SIZE": true, "OMP_NUM_THREADS": true, "MKL_NUM_THREADS": true, "GOMAXPROCS": true, "STHENO_CPU": true,
		"PATH": false, "HOME": false, "GOFLAGS": false, "STHENO_PYTHON": false, droppedBy: false,
	} {
		if got := meddles(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// TestCleanEnv: the program starts itself again without what meddles, and says so; or keeps it, and says so.
func TestCleanEnv(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process of Windows cannot become another")
	}
	for _, c := range []struct {
		mode string
		env  []string
		want string
	}{
		{"clean", []string{"OPENBLAS_CORETYPE=Haswell", "OMP_NUM_THREADS=7"}, "[dropped, for it chooses kernels or threads: OPENBLAS_CORETYPE=Haswell OMP_NUM_THREADS=7] <nil>"},
		{"keep", []string{"OPENBLAS_CORETYPE=Haswell"}, "[kept, by -keep-env: OPENBLAS_CORETYPE=Haswell] <nil> Haswell"},
		{"clean", nil, "[] <nil>"},
	} {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(c.env, showEnv+"="+c.mode)
		out, err := cmd.Output()
		if got := strings.TrimSpace(string(out)); err != nil || got != c.want {
			t.Errorf("%s with %v: %q, error %v; want %q", c.mode, c.env, got, err, c.want)
		}
	}
}

// TestBest: of each program, the numbers of threads that may be the fastest take part, and the one with the smallest median
// counts; one that failed only if all did.
func TestBest(t *testing.T) {
	a, b := &program{name: "a"}, &program{name: "b"}
	c, d := &program{name: "c"}, &program{name: "d"}
	took := hopeful([]*runner{
		{program: a, threads: 1, ms: 3}, {program: a, threads: 2, ms: 2}, {program: a, threads: 4, ms: 5},
		{program: b, threads: 1, err: io.EOF}, {program: b, threads: 2, ms: 9},
		{program: c, threads: 1, err: io.EOF}, {program: c, threads: 2, err: io.EOF},
		{program: d, threads: 1, ms: 1}, {program: d, threads: 2, ms: 1},
	})
	names := func(runners []*runner) (s string) {
		for _, r := range runners {
			s += fmt.Sprintf("%s%d ", r.name, r.threads)
		}
		return s
	}
	if got, want := names(took), "a1 a2 b2 c1 d1 d2 "; got != want {
		t.Fatalf("%s take part, want %s", got, want)
	}
	took[5].err = io.EOF // in the middle of it
	var chosen []*runner
	for _, i := range best(took, [][]float64{{1, 9, 2}, {3, 3, 3}, {9}, nil, {5}, {1}}) {
		chosen = append(chosen, took[i])
	}
	if got, want := names(chosen), "a1 b2 c1 d1 "; got != want {
		t.Errorf("%s count, want %s", got, want)
	}
	left := fastest([]training{
		{"a", nil, report.Whole{Name: "a1", Seconds: []float64{3}}}, {"a", nil, report.Whole{Name: "a2", Seconds: []float64{2}}},
		{"b", nil, report.Whole{Name: "b1", Seconds: []float64{1}}}, {"b", nil, report.Whole{Name: "b2", Problem: "broken"}},
	})
	if len(left) != 2 || left[0].Name != "a2" || left[1].Name != "b1" {
		t.Errorf("trainings left: %+v", left)
	}
}
