package stheno

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pages are held to work: every command line in them has a row in commands.
var pages = []string{"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "build_tags.md", "bench/README.md", "bench/peers/README.md", "bench/gpu/README.md", "docs/processes.md"}

// prose are the pages with few command lines.
var prose = []string{"ARCHITECTURE.md", "CHANGELOG.md", "docs/processes.md"}

// command is a command line of the pages and how it is held to work: it is run here, or stands in .ci/run, or needs what a
// test machine lacks.
type command struct {
	line  string // as the page has it
	run   string // what is run here; "+" stands for the line, {tmp} for a folder of its own
	want  string // in what it prints
	ci    string // its line in .ci/run; "+" stands for the line
	needs string // why it is not run
}

var commands = []command{
	// README.md
	{line: "go run ./cmd/train", ci: "run + -iters 601"},
	{line: "go test ./...", ci: "run +"},
	{line: "go run ./cmd/train -out run", run: "+ -iters 20 -out {tmp}", want: "test_acc: "},
	{line: "go run ./cmd/chapter4", ci: "run +"},
	{line: "go run ./cmd/train -model simpleconv", run: "+ -explain", want: "program step, float32"},
	{line: "go run ./cmd/train -model deepconv", run: "+ -explain", want: "program step, float32"},
	{line: "go run ./cmd/chapter6 -out run", run: "+ -quick -only paths,activations -out {tmp}", want: "fig6-14.png"},
	{line: "go run ./cmd/chapter7 -out run", run: "+ -images 100 -iters 1 -out {tmp}", want: "fig7-24.png"},
	{line: "go run ./cmd/chapter8 -out run", run: "+ -images 100 -iters 1 -out {tmp}", want: "fig8-2.png"},
	{line: "go build -tags openblas ./...", ci: "run +"},
	{line: "go build -tags cuda ./...", ci: "run +"},
	{line: "go test -run WaysToMultiply ./backend/cpu", run: "+", want: "ok"},
	{line: "go test -run OneRow ./backend/cpu", run: "+", want: "ok"},
	{line: "go test -run Images ./blas/native", run: "+", want: "ok"},
	{line: "go test -run Groups ./blas/native", run: "+", want: "ok"},
	{line: "go run ./cmd/train -hidden 256,128 -activation relu -lr 0.05 -out run -gradcheck", run: "+ -iters 20 -out {tmp}", want: "looked at from each side"},
	{line: "go run ./cmd/train -data data/testdata/iris.csv -standardise -batch 20 -iters 2000", run: "+", want: "3 classes"},
	{line: "go run ./cmd/train -data data/testdata/wine.csv -label alcohol -task regression -standardise -activation tanh -lr 0.01 -batch 20 -iters 2000", run: "+", want: "test_r2: "},
	{line: "go doc ./data Open", run: "+", want: "NumPy's arrays"},
	{line: "go test -v -run ScikitLearn ./cmd/train", run: "+", want: "ok"},
	{line: "go run ./cmd/train -out run -checkpoint-every 1000", run: "+ -iters 20 -out {tmp}", want: "test_acc: "},
	{line: "go run ./cmd/train -resume run", run: "go run ./cmd/train -iters 20 -out {tmp} && go run ./cmd/train -resume {tmp} -iters 40", want: "test_acc: "},
	{line: "go run ./cmd/train -explain", run: "+", want: "program step, float32"},
	{line: "go run ./cmd/train -gradcheck -iters 0", run: "+", want: "39200 checked"},
	{line: "go run ./cmd/train -save model.safetensors", run: "go run ./cmd/train -iters 20 -save {tmp}/model.safetensors", want: "test_acc: "},
	{line: "go run ./cmd/predict -load model.safetensors cmd/predict/testdata/seven.png",
		run: "go run ./cmd/train -iters 20 -save {tmp}/m && go run ./cmd/predict -load {tmp}/m cmd/predict/testdata/seven.png", want: "seven.png: "},
	{line: "go run ./cmd/onnx -load model.safetensors -save model.onnx",
		run: "go run ./cmd/train -iters 0 -save {tmp}/m && go run ./cmd/onnx -load {tmp}/m -save {tmp}/m.onnx && go run ./cmd/onnx -load {tmp}/m.onnx", want: "2 Gemm"},
	{line: "go run ./cmd/onnx -ops", run: "+", want: "Gemm"},
	{line: "go run ./cmd/onnx -load model.onnx", run: "go run ./cmd/onnx -load onnx/testdata/cases/torch-mlp-float32-dynamo/model.onnx", want: "cmd/predict runs it"},
	{line: "go run ./cmd/predict -load model.onnx cmd/predict/testdata/seven.png",
		run: "go run ./cmd/train -iters 0 -save {tmp}/m && go run ./cmd/onnx -load {tmp}/m -save {tmp}/m.onnx && go run ./cmd/predict -load {tmp}/m.onnx cmd/predict/testdata/seven.png", want: "seven.png: "},
	{line: "go doc ./data/digit", run: "+", want: "MNIST"},
	{line: "go test -v -run Fonts ./data/digit", run: "+", want: "without Normalise"},
	{line: "go test -v -run Nodes ./onnx", run: "go test -v -run NodesListed ./onnx", want: "PASS: TestNodesListed"},
	{line: "go test -run FourWitnesses ./models", run: "+", want: "ok"},
	{line: "go test -v -run RandomGraphs ./graph", run: "+ -short", want: "graphs, "},
	{line: "go doc ./graph", run: "+", want: "Instead of a TapeMachine"},
	{line: "go run ./bench/compare -quick", ci: "run + -only compile"},
	{line: "go test -bench ./bench", ci: "run + -run '^$' -benchtime 5x"},
	{line: "go test -bench . ./bench", ci: "run + -run '^$' -benchtime 1x"},

	{line: "go run ./cmd/train -save model.safetensors", run: "go run ./cmd/train -iters 20 -save {tmp}/model.safetensors", want: "test_acc: "},
	{line: "go run ./cmd/serve -model model.safetensors", needs: "to be stopped: the tests of cmd/serve do"},
	{line: `curl localhost:8080/v2/models/model/infer -d '{"inputs":[{"name":"input","datatype":"FP32","shape":[1,784],"data":['$(printf 0,%.0s {1..783})'0]}]}'`,
		needs: "a server: a test of cmd/serve sends it to one"},
	{line: "go doc ./serve", run: "+", want: "Open Inference Protocol"},

	{line: "go build -o bin/train ./cmd/train", run: "go build -o {tmp}/train ./cmd/train && {tmp}/train -iters 0", want: "test_acc: "},
	{line: "mpirun -n 2 bin/train -hidden 1024,1024 -batch 256", needs: "an MPI launcher: the tests of cmd/train run the command by those that are there"},
	{line: "mpirun -n 4 bin/train -parts 8 -out run -checkpoint-every 1000", needs: "an MPI launcher: the tests of cmd/train run the command by those that are there"},

	{line: "from safetensors.torch import load_file", needs: "PyTorch: a test of models runs it where it is"},
	{line: `net = load_file("model.safetensors")`, needs: "PyTorch: a test of models runs it where it is"},
	{line: `scores = (x @ net["W1"] + net["b1"]).sigmoid() @ net["W2"] + net["b2"]`, needs: "PyTorch: a test of models runs it where it is"},
	{line: "go doc ./models File.PyTorch", run: "+", want: "(out, in)"},

	// build_tags.md
	{line: "CGO_ENABLED=0 go build -tags static -o stheno ./cmd/train", run: "+ && ./stheno -iters 0 && rm stheno", want: "test_acc: "},
	{line: `CGO_ENABLED=0 go build -ldflags "-I /lib/ld-musl-x86_64.so.1" -o stheno ./cmd/train`, ci: `run env +`},
	{line: "buildah build -f cmd/train/Containerfile -t stheno .", ci: "run +"},
	{line: "apt-get install libopenblas0", needs: "root on Debian: .ci/run installs it where it can"},
	{line: "brew install openblas", needs: "macOS"},
	{line: "apt-get install gcc libopenblas-dev", needs: "root on Debian: .ci/run installs them where it can"},
	{line: "go test -bench Call ./blas/openblas", run: "+ -run '^$' -benchtime 10x", want: "BenchmarkCall"},
	{line: `go env -w CGO_CFLAGS="-O2 -g -I$PWD/backend/cuda/compat"`, run: "GOENV={tmp}/env + && GOENV={tmp}/env go env CGO_CFLAGS", want: "/backend/cuda/compat"},
	{line: "go env", run: "+", want: "CGO_CFLAGS="},
	{line: "backend/cuda/toolchain.sh FOLDER", ci: `backend/cuda/toolchain.sh "$tools"`},
	{line: ". FOLDER/cuda12/env", ci: `. "$tools/$version/env"`},
	{line: "bench/gpu/prepare.sh", ci: `run + "$tools/out" "$cuda"`},
	{line: "bench/gpu.sh", needs: "an NVIDIA GPU"},

	// CONTRIBUTING.md
	{line: "go test -short ./ir/...", run: "+", want: "ok"},
	{line: "STHENO_CPU=generic go test -count=1 -short ./backend/cpu ./graph", ci: "run env STHENO_CPU=$set go test -count=1 -short ./backend/cpu ./graph"},
	{line: "STHENO_LONG=1 go test -count=1 -v -run TestGorgonia ./graph/judge", ci: "run env +"},
	{line: "STHENO_LONG=1 go test -v -timeout 30m -run 'Killed|Anywhere' ./cmd/train", needs: "ten minutes"},
	{line: "STHENO_LONG=1 go test -v -timeout 60m ./internal/mutation", needs: "up to an hour"},
	{line: "STHENO_LONG=1 go test -v -run Resume ./train ./cmd/train", run: "STHENO_LONG= go test -v -run Resume ./train ./cmd/train", want: " cuts"},
	{line: "go test -run TorchLive ./train -update", needs: "PyTorch: a test of train runs it where it is"},
	{line: "STHENO_PYTHON=python3 go test -v -run Torch ./graph ./train", run: "+ -short", want: "PASS: TestTorch"},
	{line: "python3 graph/testdata/torch/cases.py 1 500 >graph/testdata/torch/cases.jsonl", needs: "PyTorch: a test of graph runs it where it is"},
	{line: "python3 onnx/testdata/torch_models.py onnx/testdata/cases 1", needs: "PyTorch: a test of onnx runs it where it is"},
	{line: "go test -run '^$' -fuzz FuzzIDX ./data", run: "+ -fuzztime 100x", want: "ok"},
	{line: "go test -run '^$' -fuzz FuzzDecode ./checkpoint", run: "+ -fuzztime 100x", want: "ok"},
	{line: "STHENO_LONG=1 go test -v -timeout 61m -run Soak ./models", run: "STHENO_LONG= go test -v -run Soak ./models", want: " rounds: "},
	{line: "go generate ./blas/native", ci: "+"},
	{line: "go generate ./backend/cuda/kernels", ci: `run env NVRTC="$cuda/lib/libnvrtc.so.12" +`},
	{line: "go run ./internal/ops", run: "+", want: "1 / (1 + exp(-x))"},
	{line: ".ci/run", needs: "all that this test is a part of"},
	{line: "go run ./internal/rename example.com/you/net", needs: "a copy of the tree: a test of internal/rename makes one"},

	// bench/README.md
	{line: "go run ./bench/compare", run: "+ -list", want: "jobs\n"},
	{line: "go run ./bench/compare -out bench/results", run: "+ -list -out {tmp}", want: "scaling\n"},
	{line: "go run ./bench/compare -only whole,scaling", run: "+ -list", want: "whole\nscaling\n"},
	{line: "go run ./bench/compare -only jobs -job 1024", run: "+ -list", want: "jobs\n  784-1024-10"},
	{line: "go run ./bench/compare -only convolutions", run: "+ -list", want: "convolutions"},
	{line: "go run ./bench/compare -only groups", run: "+ -list", want: "groups"},
	{line: "go run ./bench/compare -only examples", run: "+ -list", want: "examples"},
	{line: "go run ./bench/compare -only jobs -job convnet", run: "+ -list", want: "jobs\n  Gorgonia's convnet"},
	{line: "go test -run '^$' -bench //op=/net=conv ./bench", run: "+ -benchtime 1x", want: "net=convnet"},
	{line: "go run ./bench/compare -against FILE", run: "go run ./bench/compare -against bench/results/compare.json -list", want: "jobs\n"},
	{line: "go run ./bench/compare -list", run: "+", want: "jobs\n"},
	{line: "sudo apt-get install -y gcc libopenblas-dev python3-numpy python3-venv && python3 -m venv bench/peers/venv && " +
		"bench/peers/venv/bin/pip install numpy torch jax onnx onnxruntime && go build -C bench/peers/gomlx -o /dev/null .", needs: "root on Debian, and some GB from the network"},
	{line: "go test -run '^$' -bench //op=step -count 10 ./bench >new.txt && go run golang.org/x/perf/cmd/benchstat@latest -col /backend new.txt",
		ci: `run bash -c "go test -run '^$' -bench //op=step -count 2 -benchtime 1x ./bench >$new && go run golang.org/x/perf/cmd/benchstat@latest -col /backend $new"`},

	{line: "go run ./bench/load", run: "+ -peers=false -seconds 0.1 -clients 1", want: "| Stheno | 1 |"},
	{line: "go run ./bench/load -clients 16 -seconds 600", needs: "ten minutes"},

	{line: "go run ./bench/processes", run: "+ -peers=false -net 784-50-10 -rounds 1 -seconds 0.05 -processes 1", want: "| Stheno without MPI"},
	{line: "go run ./bench/processes -net 1024 -rounds 5", needs: "five minutes"},
	{line: "go run ./bench/processes -model -emulate", needs: "root on Linux, and two minutes: a test of bench/processes runs its model"},

	// bench/peers/README.md
	{line: "echo steps 1000 | OPENBLAS_NUM_THREADS=1 python3 bench/peers/python/numpy_step.py 784-50-10 100 float32 digits 1",
		needs: "NumPy: a test of bench/compare runs it where it is"},
	{line: "echo steps 1000 | go run ./bench/peers/stheno go 784-50-10 100 float32 digits 2", run: "+", want: `"ms":`},
	{line: "echo steps 10 | go run ./bench/peers/stheno go convnet-forward 100 float32 digits 2", run: "+", want: `"ms":`},
	{line: "echo steps 10 | python3 bench/peers/python/torch_conv.py eager convnet 100 float32 digits 2",
		needs: "PyTorch: a test of bench/compare runs it where it is"},
	{line: "echo forward,1,64,56,64,3,1,1 100 | go run ./bench/peers/convolutions go", run: "+", want: `"ms":`},
	{line: "echo forward,1,64,56,64,3,1,1 100 | OMP_NUM_THREADS=2 python3 bench/peers/python/torch_convolutions.py",
		needs: "PyTorch: a test of bench/compare runs it where it is"},
	{line: "echo steps 100 | go run -C bench/peers/gomlx . 784-50-10 100 float32 digits 2", needs: "GoMLX from the network: a test of bench/compare runs it where it is"},
	{line: "gcc -O3 -march=native -ffast-math -DREAL=float bench/peers/c/step.c -o step -lopenblas -lm && echo steps 1000 | ./step 784-50-10 100 float32 digits 1",
		needs: "gcc and the development files of OpenBLAS: a test of bench/compare runs it where they are"},

	// bench/gpu/README.md
	{line: "prepare.sh OUT TOOLCHAIN/cuda12", ci: `run bench/gpu/prepare.sh "$tools/out" "$cuda"`},
	{line: "backend/cuda/toolchain.sh", ci: `+ "$tools"`},
	{line: "OUT/gpu.sh", needs: "an NVIDIA GPU"},
	{line: "go run ./bench/gpu -backend=go -what steps", run: "+ -iters 1", want: "784-50-10 batch 100"},
}

// printed are lines that stand where commands do, and are what one has printed. The program that -explain prints is held to
// the page by a test of cmd/train.
var printed = []string{"train_acc: 0.099, test_acc: 0.103", "train_acc: 0.793, test_acc: 0.796", "…", "train_acc: 0.947, test_acc: 0.948"}

var (
	fence    = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")
	indented = regexp.MustCompile(`(?m)^    (\S.*)$`)
	span     = regexp.MustCompile("`([^`]+)`")
	// commandWord starts a command among what stands in a line of text.
	commandWord = regexp.MustCompile(`^(go (run|test|build|vet|env|generate|install|get|mod|tool|list|doc)\b|(sudo|apt-get|brew|pip3?|python3?|git|gcc|bash|sh|make) |\. \w|[\w./-]+\.sh\b)`)
	remark      = regexp.MustCompile(` {2,}.*`)
)

// commandsOf finds the command lines of a page: every line of a fence or an indented block, but for what was printed, and
// in the text what starts as a command does.
func commandsOf(t *testing.T, page string) (found []string) {
	t.Helper()
	content, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	text := string(content)
	for _, f := range fence.FindAllStringSubmatch(text, -1) {
		if language, body := f[1], f[2]; language != "go" && !strings.HasPrefix(body, "program step, float32\n") {
			found = append(found, strings.Split(strings.TrimSpace(body), "\n")...)
		}
	}
	text = fence.ReplaceAllString(text, "")
	for _, m := range indented.FindAllStringSubmatch(text, -1) {
		if line := remark.ReplaceAllString(m[1], ""); !slices.Contains(printed, line) {
			found = append(found, line)
		}
	}
	text = indented.ReplaceAllString(text, "")
	for _, m := range span.FindAllStringSubmatch(text, -1) {
		if line := strings.ReplaceAll(m[1], "\n", " "); commandWord.MatchString(line) {
			found = append(found, line)
		}
	}
	return found
}

// TestDocsHaveRows: every command line of the pages has a row, every row has a line, and what is said to stand in .ci/run
// does.
func TestDocsHaveRows(t *testing.T) {
	ci, err := os.ReadFile(".ci/run")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, page := range pages {
		lines := commandsOf(t, page)
		if len(lines) < 4 && !slices.Contains(prose, page) {
			t.Errorf("%s: only %d command lines were found", page, len(lines))
		}
		for _, line := range lines {
			seen[line] = true
			if !slices.ContainsFunc(commands, func(c command) bool { return c.line == line }) {
				t.Errorf("%s: no row in docs_test.go says how this is held to work: %s", page, line)
			}
		}
	}
	for _, c := range commands {
		if !seen[c.line] {
			t.Errorf("no page has the line: %s", c.line)
		}
		ways := 0
		for _, way := range []string{c.run, c.ci, c.needs} {
			if way != "" {
				ways++
			}
		}
		if ways != 1 || (c.run != "") != (c.want != "") {
			t.Errorf("%s: a row says one of run (with want), ci and needs", c.line)
		}
		standing := regexp.MustCompile(`(?m)(^|[\s(&;])` + regexp.QuoteMeta(strings.Replace(c.ci, "+", c.line, 1)) + `($|[);]| [;&|)])`)
		if c.ci != "" && !standing.Match(ci) {
			t.Errorf(".ci/run does not have: %s", strings.Replace(c.ci, "+", c.line, 1))
		}
	}
}

// TestDocsRun runs the lines that are quick. What a row appends is in the subtest's log.
func TestDocsRun(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds and runs commands: not with -short")
	}
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash here")
	}
	for _, c := range commands {
		t.Run(c.line, func(t *testing.T) {
			switch {
			case c.ci != "":
				t.Skipf("it is run by .ci/run: %s", c.ci)
			case c.needs != "":
				t.Skipf("it needs %s", c.needs)
			}
			line := strings.NewReplacer("+", c.line, "{tmp}", t.TempDir()).Replace(c.run)
			t.Log(line)
			cmd := exec.Command("bash", "-c", line)
			cmd.Env = append(os.Environ(), "GOPROXY=off") // no test downloads anything
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), c.want) || strings.Contains(string(out), "no tests to run") {
				t.Errorf("%s: %v; want %q in\n%s", line, err, c.want, out)
			}
		})
	}
}
