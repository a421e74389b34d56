package main

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/internal/command/commandtest"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// saved writes a net's file.
func saved(t *testing.T, path string) {
	t.Helper()
	e, err := backend.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	net, err := models.SimpleConvNet(models.Image{Channels: 1, Height: 9, Width: 9}, 5, 3).WithBatchNorm().Net()
	if err != nil {
		t.Fatal(err)
	}
	net.Classes = []string{"cat", "dog", "bird"}
	m, err := models.New(net, e, tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := models.Save(path, m); err != nil {
		t.Fatal(err)
	}
}

func ran(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs strings.Builder
	if code := run(args, &out, &errs); code != 0 || errs.Len() > 0 {
		t.Fatalf("%v: exit %d, %s", args, code, errs.String())
	}
	return out.String()
}

// TestThereAndBack: a model's file becomes ONNX and comes back with its layers, numbers and names.
func TestThereAndBack(t *testing.T) {
	dir := t.TempDir()
	ours, theirs, back := filepath.Join(dir, "a.safetensors"), filepath.Join(dir, "a.ONNX"), filepath.Join(dir, "b.safetensors")
	saved(t, ours)
	ran(t, "-load", ours, "-save", theirs)
	if out := ran(t, "-load", theirs); !strings.Contains(out, "\nreads \"x\", float64 of shape [-1 1 9 9]\n") || !strings.Contains(out, "\n     2 BatchNormalization\n") ||
		!strings.Contains(out, "a net of 81 inputs, 3 outputs and 1473 parameters") || !strings.Contains(out, "-save makes a file of Stheno's") {
		t.Errorf("it prints\n%s", out)
	}
	ran(t, "-load", theirs, "-save", back)
	e, err := backend.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var was [][]models.Param
	for _, file := range []string{ours, back} {
		m, err := models.Load(file, e)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		if strings.Join(m.Net.Classes, " ") != "cat dog bird" {
			t.Errorf("%s: classes %v", file, m.Net.Classes)
		}
		learned, err := m.Learned()
		if err != nil {
			t.Fatal(err)
		}
		was = append(was, learned)
	}
	if len(was[0]) != len(was[1]) {
		t.Fatalf("%d parameters have become %d", len(was[0]), len(was[1]))
	}
	for i, p := range was[0] {
		for j, v := range p.Init {
			if q := was[1][i]; q.Name != p.Name || math.Float64bits(q.Init[j]) != math.Float64bits(v) {
				t.Fatalf("%s[%d] is %v, %s[%d] was %v", q.Name, j, q.Init[j], p.Name, j, v)
			}
		}
	}
}

// TestOps: the list of operators, a line each.
func TestOps(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(ran(t, "-ops")), "\n")
	if len(lines) < 90 || !slices.IsSorted(lines) || !slices.Contains(lines, "Conv") || !slices.Contains(lines, "Shape") || slices.Contains(lines, "LSTM") {
		t.Errorf("%d lines: %v", len(lines), lines)
	}
}

// TestWrong: what is wrong is one line that names it, and exit code 2.
func TestWrong(t *testing.T) {
	dir := t.TempDir()
	text, ours := filepath.Join(dir, "text.onnx"), filepath.Join(dir, "a.safetensors")
	if err := os.WriteFile(text, []byte("a model\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	saved(t, ours)
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "no model: name its file with -load"},
		{[]string{"-load", ours}, "-load " + ours + ": name a file to write with -save"},
		{[]string{"-load", ours, "-save", "b.safetensors"}, "-load " + ours + " -save b.safetensors: one of the two is a file of ONNX"},
		{[]string{"-load", text, "-save", "b.onnx"}, "-load " + text + " -save b.onnx: one of the two is a file of ONNX"},
		{[]string{"-load", text}, "-load: " + text + ": "},
		{[]string{"-load", filepath.Join(dir, "none.onnx")}, "-load: " + filepath.Join(dir, "none.onnx") + ": no such file"},
		{[]string{"-load", ours, "-save", filepath.Join(dir, "none", "b.onnx")}, "-save: " + filepath.Join(dir, "none", "b.onnx") + ": "},
		{[]string{"-load", "../../onnx/testdata/cases/torch-convnet-float32-torchscript/model.onnx", "-save", filepath.Join(dir, "b.safetensors")},
			"-load: ../../onnx/testdata/cases/torch-convnet-float32-torchscript/model.onnx: node \"/5/LeakyRelu\": LeakyRelu: "},
	} {
		var out, errs strings.Builder
		code := run(c.args, &out, &errs)
		if line, ok := strings.CutSuffix(errs.String(), "\n"); code != 2 || !ok || !strings.HasPrefix(line, "onnx: "+c.want) || strings.Contains(line, "\n") {
			t.Errorf("%v: exit %d, %q, want %q", c.args, code, errs.String(), c.want)
		}
	}
}

func FuzzFlags(f *testing.F) {
	commandtest.Fuzz(f, commandName, func(t *testing.T, args []string, w io.Writer) error {
		o, err := parse(args, w)
		if err == nil && !o.ops && (o.load == "" || o.save == "" && !isONNX(o.load)) {
			t.Errorf("%+v are taken", o)
		}
		return err
	}, "-load\x00a.onnx", "-load\x00a\x00-save\x00b.onnx", "-load\x00a.onnx\x00-save=b", "-save\x00b")
}
