package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"
	_ "github.com/stheno/stheno/backend/cuda"
	"github.com/stheno/stheno/bench"
	"github.com/stheno/stheno/bench/report"
	"github.com/stheno/stheno/bench/work"
	"github.com/stheno/stheno/internal/python"
)

// program is something that can be timed: one of our engines, or a peer.
type program struct {
	name         string
	argv         func(s work.Spec) []string
	does         func(s work.Spec) bool // nil for nets of affine layers only
	threads      []int                  // to choose the best of
	evaluations  bool                   // it does the numerical gradient, too
	train        []string               // its command for the whole training program; needs the folder of MNIST yet
	convolutions []string               // its command for single convolutions
	most         int                    // FLOP a step, above which it is left out: it would take minutes; 0 for no limit
}

// anyNet is of a program that does all nets.
func anyNet(work.Spec) bool { return true }

// can tells whether a program does a job.
func (p *program) can(s work.Spec) bool {
	if p.does == nil {
		return s.Name == ""
	}
	return p.does(s)
}

// able are the programs that do a job.
func (c *comparer) able(s work.Spec) (able []program) {
	for _, p := range c.programs {
		if p.can(s) {
			able = append(able, p)
		}
	}
	return able
}

// all is how many threads the machine, or the part of it that we have, can run at once.
func all() int { return runtime.GOMAXPROCS(0) }

// someThreads are the numbers of threads that a peer is tried with: 1, 2, 4 and so on up to all.
func someThreads() (list []int) {
	for n := 1; n < all(); n *= 2 {
		list = append(list, n)
	}
	return append(list, all())
}

// find fills the table of programs: our engines first, then the peers that the machine has. The others are named.
func (c *comparer) find(python string) {
	c.findEngines()
	c.findPython(python)
	c.findC()
	c.findGo()
}

func (c *comparer) leaveOut(format string, args ...any) {
	c.Missing = append(c.Missing, fmt.Sprintf(format, args...))
}

func (c *comparer) findEngines() {
	bin, err := c.build("stheno", ".", "./bench/peers/stheno", ownTags()...)
	if err != nil {
		c.leaveOut("Stheno itself: %v", err)
		return
	}
	single, err := c.build("convolutions", ".", "./bench/peers/convolutions", ownTags()...)
	if err != nil {
		c.leaveOut("Stheno's single convolutions: %v", err)
	}
	for _, name := range bench.Engines {
		e, err := backend.Open(name)
		if err != nil {
			c.leaveOut("%s%s: %s", report.Own, name, firstLine(err.Error()))
			continue
		}
		e.Close()
		argv := func(s work.Spec) []string { return append([]string{bin, name}, s.Args()...) }
		own := program{name: report.Own + name, argv: argv, does: anyNet, threads: []int{all()}, evaluations: true}
		if single != "" {
			own.convolutions = []string{single, name}
		}
		c.programs = append(c.programs, own)
	}
}

// build is go build of a package in a folder, which may be a module of its own.
func (c *comparer) build(name, dir, pkg string, flags ...string) (bin string, err error) {
	bin = filepath.Join(c.dir, name)
	args := append([]string{"build", "-C", dir, "-o", bin}, flags...)
	out, err := exec.Command("go", append(args, pkg)...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build %s: %v: %s", pkg, err, firstLine(string(out)))
	}
	return bin, nil
}

// ownTags are the build tags of this program: a comparison built with cuda runs engines that are.
func ownTags() []string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	for _, s := range info.Settings {
		if s.Key == "-tags" {
			return []string{"-tags", s.Value}
		}
	}
	return nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

const pythonFolder = "bench/peers/python"

// pythonPeer is a program of that folder.
type pythonPeer struct {
	module, name string
	args         []string // of affine layers
	conv         []string // of nets with convolutions
	forward      bool     // of that, the forward pass only
	single       string   // of single convolutions
	evaluations  bool
	needs        string
}

var pythonPeers = []pythonPeer{
	{"numpy", "NumPy %s", []string{"numpy_step.py"}, nil, false, "", true, "Debian: apt-get install python3-numpy, or pip install numpy"},
	{"torch", "PyTorch %s", []string{"torch_step.py", "eager"}, []string{"torch_conv.py", "eager"}, false, "torch_convolutions.py", false, "pip install torch, or Debian: apt-get install python3-torch"},
	{"torch", "PyTorch %s, compiled", []string{"torch_step.py", "compile"}, []string{"torch_conv.py", "compile"}, false, "", false, "pip install torch (2.0 or newer)"},
	{"jax", "JAX %s, jit", []string{"jax_step.py"}, nil, false, "", false, "pip install jax"},
	{"onnxruntime", "onnxruntime %s", nil, []string{"onnxruntime_conv.py"}, true, "", false, "pip install onnx onnxruntime"},
}

// argv is the command of a job.
func (p *pythonPeer) argv(interpreter string, s work.Spec) []string {
	args := p.args
	if s.Name != "" {
		args = p.conv
	}
	return slices.Concat([]string{interpreter, filepath.Join(pythonFolder, args[0])}, args[1:], s.Args())
}

func (p *pythonPeer) does(s work.Spec) bool {
	if s.Name == "" {
		return p.args != nil
	}
	return p.conv != nil && (!p.forward || s.Forward && s.Name == "convnet")
}

func (c *comparer) findPython(more string) {
	type found struct{ path, version string }
	have := map[string][]found{} // by module
	for _, path := range python.Interpreters(".", more) {
		for module, version := range python.Versions(path, "numpy", "torch", "jax", "onnxruntime") {
			if !slices.ContainsFunc(have[module], func(f found) bool { return f.version == version }) {
				have[module] = append(have[module], found{path, version})
			}
		}
	}
	for _, p := range pythonPeers {
		fs := have[p.module]
		if len(fs) == 0 {
			c.leaveOut("%s: no Python has it; %s", strings.ReplaceAll(p.name, " %s", ""), p.needs)
			continue
		}
		if p.module != "numpy" { // NumPy's OpenBLAS differs from version to version, by much
			fs = fs[:1]
		}
		for _, f := range fs {
			found := program{
				name: fmt.Sprintf(p.name, f.version), threads: someThreads(), evaluations: p.evaluations, does: p.does,
				argv: func(s work.Spec) []string { return p.argv(f.path, s) },
			}
			if p.single != "" {
				found.convolutions = []string{f.path, filepath.Join(pythonFolder, p.single)}
			}
			if p.module == "numpy" {
				found.train = []string{f.path, "bench/peers/python/numpy_train.py"}
			}
			c.programs = append(c.programs, found)
		}
	}
}

func (c *comparer) findC() {
	bins := map[string]string{}
	for dtype, real := range map[string]string{"float32": "float", "float64": "double"} {
		bin := filepath.Join(c.dir, "c-"+dtype)
		gcc := exec.Command("gcc", "-O3", "-march=native", "-ffast-math", "-DREAL="+real, "bench/peers/c/step.c", "-o", bin, "-lopenblas", "-lm")
		if out, err := gcc.CombinedOutput(); err != nil {
			c.leaveOut("C on OpenBLAS: %v %s; Debian: apt-get install gcc libopenblas-dev", err, firstLine(string(out)))
			return
		}
		bins[dtype] = bin
	}
	argv := func(s work.Spec) []string { return append([]string{bins[s.DType]}, s.Args()...) }
	c.programs = append(c.programs, program{name: "C on OpenBLAS", argv: argv, threads: someThreads(), evaluations: true})
}

// findGo builds the peers in Go.
func (c *comparer) findGo() {
	for _, p := range []struct {
		file, name, dir string
		flags           []string
		most            int
		does            func(work.Spec) bool
		needs           string
	}{
		{"gorgonia", "Gorgonia's TapeMachine, pure Go", "bench/peers/gorgonia", nil, 0, anyNet, "go mod download"},
		{"gorgonia-blas", "Gorgonia's TapeMachine, OpenBLAS", "bench/peers/gorgonia", []string{"-tags", "openblas"}, 0, anyNet, "Debian: apt-get install gcc libopenblas-dev"},
		{"gomlx", "GoMLX, its Go backend", "bench/peers/gomlx", nil, 500e6, nil, "go build -C bench/peers/gomlx -o /dev/null . once, where there is a network"},
	} {
		bin, err := c.build(p.file, p.dir, ".", p.flags...)
		if err != nil {
			c.leaveOut("%s: %v; %s", p.name, err, p.needs)
			continue
		}
		argv := func(s work.Spec) []string { return append([]string{bin}, s.Args()...) }
		c.programs = append(c.programs, program{name: p.name, argv: argv, does: p.does, threads: someThreads(), most: p.most})
	}
}
