package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/stheno/stheno/internal/python"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// torchJob is a training that PyTorch is to do, as testdata/torch/train.py reads it.
type torchJob struct {
	Params     map[string]any `json:"params"`
	X          [][]float64    `json:"x"`
	Labels     []int          `json:"labels"`
	Optimizer  string         `json:"optimizer"`
	Settings   map[string]any `json:"settings"`
	Schedules  [][2]any       `json:"schedules"`
	Milestones []int          `json:"milestones"`
	LR         float64        `json:"lr"`
	Clip       float64        `json:"clip"`
	Steps      int            `json:"steps"`
}

type torchRun struct {
	Torch         string
	Losses, Rates []float64
	Params        map[string]any
}

const torchSteps, torchBatch = 60, 6

// torchTrainings are trainings here and the same ones there. AdaGrad and RMSProp are the book's here, of which PyTorch has ε's of its own.
var torchTrainings = map[string]struct {
	opt  models.Optimizer
	plan Schedule
	lr   float64
	job  torchJob
	tol  float64
}{
	"sgd":      {models.SGD{}, nil, 0.5, torchJob{Optimizer: "SGD"}, 1e-12},
	"momentum": {models.Momentum{}, nil, 0.1, torchJob{Optimizer: "SGD", Settings: map[string]any{"momentum": 0.9}}, 1e-12},
	"nesterov": {models.Nesterov{}, nil, 0.1, torchJob{Optimizer: "SGD", Settings: map[string]any{"momentum": 0.9, "nesterov": true}}, 1e-12},
	"adagrad":  {models.AdaGrad{}, nil, 0.1, torchJob{Optimizer: "Adagrad", Settings: map[string]any{"eps": 1e-7}}, 1e-12},
	"rmsprop":  {models.RMSProp{}, nil, 0.01, torchJob{Optimizer: "RMSprop", Settings: map[string]any{"eps": 1e-7}}, 1e-12},
	"adam":     {models.Adam{}, nil, 0.05, torchJob{Optimizer: "Adam"}, 1e-12},
	"adamw":    {models.AdamW{}, nil, 0.05, torchJob{Optimizer: "AdamW"}, 1e-12},
	"adamw 0.2": {models.AdamW{Beta1: 0.8, Beta2: 0.95, Decay: 0.2}, nil, 0.05,
		torchJob{Optimizer: "AdamW", Settings: map[string]any{"betas": []float64{0.8, 0.95}, "weight_decay": 0.2}}, 1e-12},
	// PyTorch adds 1e-6 to the norm
	"clipped": {models.Clipped{Norm: 0.1}, nil, 2, torchJob{Optimizer: "SGD", Clip: 0.1}, 1e-4},
	"clipped adamw": {models.Clipped{Optimizer: models.AdamW{Decay: 0.1}, Norm: 0.05}, nil, 0.05,
		torchJob{Optimizer: "AdamW", Settings: map[string]any{"weight_decay": 0.1}, Clip: 0.05}, 1e-4},
	"step":   {models.SGD{}, Steps{7, 0.5}, 0.5, torchJob{Optimizer: "SGD", Schedules: [][2]any{{"StepLR", map[string]any{"step_size": 7, "gamma": 0.5}}}}, 1e-12},
	"cosine": {models.AdamW{}, Cosine{}, 0.05, torchJob{Optimizer: "AdamW", Schedules: [][2]any{{"CosineAnnealingLR", map[string]any{"T_max": torchSteps}}}}, 1e-11},
	"warmup": {models.SGD{}, Warmup{10, Cosine{torchSteps - 10, 0.1}}, 0.5, torchJob{Optimizer: "SGD", Milestones: []int{10}, Schedules: [][2]any{
		{"LinearLR", map[string]any{"start_factor": 0.1, "total_iters": 9}}, {"CosineAnnealingLR", map[string]any{"T_max": torchSteps - 10, "eta_min": 0.05}}}}, 1e-11},
}

// torchFile has what PyTorch gave for torchSeed, a line for each training in the order of their names.
const torchFile, torchSeed = "testdata/torch/trainings.jsonl", 1

var update = flag.Bool("update", false, "write "+torchFile+" anew")

// TestTorch: PyTorch's optimisers, clipping and schedules, as it once ran them, give the rates, losses and parameters that ours give.
func TestTorch(t *testing.T) {
	file, err := os.Open(torchFile)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	runs, _ := trainedHere(t, torchSeed)
	holdToTorch(t, runs, torchRuns(t, file))
}

// TestTorchLive: and so does PyTorch itself, for another seed.
func TestTorchLive(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts PyTorch: not with -short")
	}
	interpreter, err := python.With("..", "torch")
	if err != nil {
		t.Skip(err)
	}
	seed := rand.Uint64N(1e6)
	if *update {
		seed = torchSeed
	}
	t.Logf("seed %d", seed)
	runs, jobs := trainedHere(t, seed)
	out := trainThere(t, interpreter, jobs)
	if *update {
		write(t, torchFile, out)
	}
	holdToTorch(t, runs, torchRuns(t, bytes.NewReader(out)))
}

// trainedHere does the trainings, in the order of their names, and gives them as jobs for PyTorch, one a line.
func trainedHere(t *testing.T, seed uint64) (runs []torchRun, jobs *bytes.Buffer) {
	t.Helper()
	jobs = &bytes.Buffer{}
	for i, name := range slices.Sorted(maps.Keys(torchTrainings)) {
		c := torchTrainings[name]
		c.job.Steps, c.job.LR = torchSteps, c.lr
		runs = append(runs, trainHere(t, rand.New(rand.NewPCG(seed, uint64(i))), c.opt, c.plan, &c.job))
		if err := json.NewEncoder(jobs).Encode(c.job); err != nil {
			t.Fatal(err)
		}
	}
	return runs, jobs
}

// holdToTorch compares trainings with those of PyTorch.
func holdToTorch(t *testing.T, ours, theirs []torchRun) {
	t.Helper()
	for i, name := range slices.Sorted(maps.Keys(torchTrainings)) {
		got, want, tol := ours[i], theirs[i], torchTrainings[name].tol
		for k := range torchSteps {
			if math.Abs(got.Rates[k]-want.Rates[k]) > 1e-15 || math.Abs(got.Losses[k]-want.Losses[k]) > tol {
				t.Errorf("%s, step %d: rate %v and loss %v, PyTorch %s has %v and %v", name, k, got.Rates[k], got.Losses[k], want.Torch, want.Rates[k], want.Losses[k])
				break
			}
		}
		for p, v := range got.Params {
			theirs := flat(want.Params[p])
			for j, w := range v.([]float64) {
				if math.Abs(w-theirs[j]) > 10*tol {
					t.Errorf("%s: %s[%d] is %v, PyTorch has %v", name, p, j, w, theirs[j])
					break
				}
			}
		}
	}
}

// trainHere trains a net of its own and writes into the job what PyTorch needs to do the same.
func trainHere(t *testing.T, r *rand.Rand, opt models.Optimizer, plan Schedule, job *torchJob) (run torchRun) {
	t.Helper()
	m := modelOf(t, models.MLP{Widths: []int{5, 7, 3}, Activation: "tanh", Std: 0.5, Seed: r.Uint64()}, tensor.Float64)
	start, err := m.Learned()
	if err != nil {
		t.Fatal(err)
	}
	job.Params = map[string]any{}
	for _, p := range start {
		job.Params[p.Name] = p.Init
		if len(p.Shape) == 2 {
			job.Params[p.Name] = rowsOf(p.Init, p.Shape[1])
		}
	}
	x, target := models.Normal(r, torchBatch*5, 1), make([]float64, torchBatch*3)
	job.X = rowsOf(x, 5)
	for i := range torchBatch {
		label := r.IntN(3)
		job.Labels, target[i*3+label] = append(job.Labels, label), 1
	}
	step, err := m.Step(torchBatch, opt)
	if err != nil {
		t.Fatal(err)
	}
	defer step.Close()
	if err := errors.Join(step.X.SetFloats(x), step.T.SetFloats(target), step.SetLR(job.LR)); err != nil {
		t.Fatal(err)
	}
	rates := rates{Config{LR: job.LR, Schedule: plan, Iters: job.Steps}, m, job.LR}
	for i := range job.Steps {
		if _, err := rates.set(step, i, 1); err != nil {
			t.Fatal(err)
		}
		if err := step.Run(); err != nil {
			t.Fatal(err)
		}
		loss, err := step.Loss()
		if err != nil {
			t.Fatal(err)
		}
		run.Rates, run.Losses = append(run.Rates, rates.now), append(run.Losses, loss)
	}
	end, err := m.Params()
	if err != nil {
		t.Fatal(err)
	}
	run.Params = map[string]any{}
	for name, v := range end {
		run.Params[name] = v
	}
	return run
}

// trainThere has PyTorch do jobs, in one process.
func trainThere(t *testing.T, interpreter string, jobs *bytes.Buffer) []byte {
	t.Helper()
	cmd := exec.Command(interpreter, "testdata/torch/train.py")
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	cmd.Stdin = jobs
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	return out
}

// torchRuns reads what train.py prints.
func torchRuns(t *testing.T, from io.Reader) (runs []torchRun) {
	t.Helper()
	for lines := json.NewDecoder(from); lines.More(); {
		var run torchRun
		if err := lines.Decode(&run); err != nil {
			t.Fatal(err)
		}
		runs = append(runs, run)
	}
	if len(runs) != len(torchTrainings) {
		t.Fatalf("%d trainings of PyTorch's, want %d: write %s anew with -run TorchLive -update", len(runs), len(torchTrainings), torchFile)
	}
	return runs
}

// rowsOf cuts a matrix into its rows.
func rowsOf(v []float64, columns int) (out [][]float64) {
	for ; len(v) > 0; v = v[columns:] {
		out = append(out, v[:columns])
	}
	return out
}

// flat is a list of numbers, or of lists of them, in their order.
func flat(v any) (out []float64) {
	if x, ok := v.(float64); ok {
		return []float64{x}
	}
	for _, w := range v.([]any) {
		out = append(out, flat(w)...)
	}
	return out
}
