package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/stheno/stheno/checkpoint"
)

// call runs the command without a process.
func call(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(once(t.Context()), args, &out, &errs)
	return code, out.String(), errs.String()
}

// once are signals of which no second one comes.
func once(ctx context.Context) signals { return signals{ctx, context.Background()} }

// idx is a file of bytes in IDX form.
func idx(dims []int, fill func(i int) byte) []byte {
	b := []byte{0, 0, 8, byte(len(dims))}
	n := 1
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, uint32(d))
		n *= d
	}
	for i := range n {
		b = append(b, fill(i))
	}
	return b
}

// smallSet writes a data set of tiny images whose class is easy to see.
func smallSet(t *testing.T) string { return set(t, 3, 7) }

// set writes one of images with sides of so many pixels, whose class is the third that is bright; the others have so many shades.
func set(t *testing.T, side, shades int) string {
	t.Helper()
	dir := t.TempDir()
	const n, classes = 60, 3
	label := func(i int) byte { return byte(i % classes) }
	pixel := func(i int) byte {
		if i%(side*side)*classes/(side*side) == int(label(i/(side*side))) {
			return 200
		}
		return byte(i % shades)
	}
	for name, content := range map[string][]byte{
		"train-images-idx3-ubyte": idx([]int{n, side, side}, pixel), "train-labels-idx1-ubyte": idx([]int{n}, label),
		"t10k-images-idx3-ubyte": idx([]int{n, side, side}, pixel), "t10k-labels-idx1-ubyte": idx([]int{n}, label),
	} {
		write(t, filepath.Join(dir, name), content)
	}
	return dir
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestBadInput: one line on standard error that says what to do, exit code 2, nothing on standard output.
func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	write(t, file, []byte("not a folder"))
	truncated := filepath.Join(dir, "truncated.safetensors")
	write(t, truncated, []byte{8, 0, 0})
	huge := filepath.Join(dir, "huge.safetensors")
	write(t, huge, append(bytes.Repeat([]byte{0xff}, 8), "{}"...))
	deep := filepath.Join(dir, "deep.safetensors")
	text := strings.Repeat("[", 100_000)
	write(t, deep, append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...))
	overlap := filepath.Join(dir, "overlap.safetensors")
	header := `{"W1":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b1":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`
	write(t, overlap, append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header+"\x00\x00\x00\x00"...))
	foreign := filepath.Join(dir, "foreign.safetensors")
	if err := checkpoint.Save(foreign, []checkpoint.Tensor{{Name: "W1", Shape: []int{784, 7}, Data: make([]float32, 784*7)}}, nil); err != nil {
		t.Fatal(err)
	}
	set := smallSet(t)
	broken := func(name string, content []byte) string {
		d := smallSet(t)
		write(t, filepath.Join(d, name), content)
		return d
	}
	missing := smallSet(t)
	if err := os.Remove(filepath.Join(missing, "t10k-labels-idx1-ubyte")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, want string
		args       []string
	}{
		{"backend", `backend "tpu" is unknown: choose one of blas, cuda, go`, []string{"-backend", "tpu"}},
		{"dtype", `-dtype "float16" is unknown: choose float32 or float64`, []string{"-dtype", "float16"}},
		{"activation", `-activation "gelu" is unknown: choose one of identity, relu, sigmoid, tanh`, []string{"-activation", "gelu"}},
		{"hidden 0", `-hidden "0"`, []string{"-hidden", "0"}},
		{"hidden list", `-hidden "50,": "" is not a number of units`, []string{"-hidden", "50,"}},
		{"batch 0", "-batch 0: a batch has at least one image", []string{"-batch", "0"}},
		{"batch 70000", "-batch 70000: the training set has only 60000 samples", []string{"-batch", "70000"}},
		{"batch of a small set", "-batch 61: the training set has only 60 samples", []string{"-data", set, "-batch", "61"}},
		{"lr", "-lr -0.1: the learning rate is a number above 0, such as 0.1", []string{"-lr", "-0.1"}},
		{"lr NaN", "-lr NaN: the learning rate is a number above 0, such as 0.1", []string{"-lr", "NaN"}},
		{"std", "-std -1", []string{"-std", "-1"}},
		{"iters", "-iters -1: it cannot be negative", []string{"-iters", "-1"}},
		{"tf32 on the host", "-tf32: engine go has no TF32: it is for -backend=cuda", []string{"-tf32"}},
		{"tf32 in float64", "-tf32 is for -dtype float32", []string{"-tf32", "-dtype", "float64"}},
		{"unknown flag", "-depth (train -h lists the flags)", []string{"-depth", "3"}},
		{"not a number", "-batch", []string{"-batch", "many"}},
		{"load empty", "-load is empty: give it a value, or leave it out", []string{"-load", ""}},
		{"not a flag", `"fast" is not a flag`, []string{"fast"}},
		{"data missing", "-data", []string{"-data", filepath.Join(dir, "nowhere")}},
		{"data file missing", "t10k-labels-idx1-ubyte", []string{"-data", missing, "-batch", "10"}},
		{"data empty", "train-images-idx3-ubyte", []string{"-data", broken("train-images-idx3-ubyte", nil), "-batch", "10"}},
		{"data truncated", "truncated", []string{"-data", broken("train-images-idx3-ubyte", idx([]int{60, 3, 3}, func(int) byte { return 0 })[:100]), "-batch", "10"}},
		{"data magic", "train-labels-idx1-ubyte", []string{"-data", broken("train-labels-idx1-ubyte", []byte("GIF89a00000000")), "-batch", "10"}},
		{"data count", "train", []string{"-data", broken("train-labels-idx1-ubyte", idx([]int{59}, func(int) byte { return 0 })), "-batch", "10"}},
		{"data gzip", "train-images-idx3-ubyte.gz", []string{"-data", gzipless(t), "-batch", "10"}},
		{"data label", "label", []string{"-data", broken("t10k-labels-idx1-ubyte", idx([]int{60}, func(i int) byte { return byte(i) * 4 })), "-batch", "10"}},
		{"load missing", "-load", []string{"-load", filepath.Join(dir, "none.safetensors")}},
		{"load truncated", "truncated.safetensors", []string{"-load", truncated}},
		{"load huge header", "huge.safetensors", []string{"-load", huge}},
		{"load deep header", "deep.safetensors", []string{"-load", deep}},
		{"load overlap", "overlap.safetensors", []string{"-load", overlap}},
		{"load foreign", "W1 is 784x7, the net has 784x50", []string{"-load", foreign}},
		{"out is a file", "-out " + file, []string{"-out", file}},
		{"out below a file", "-out", []string{"-out", filepath.Join(file, "below")}},
		{"save over a folder", "-save " + dir + ": a folder, not an ordinary file", []string{"-save", dir}},
		{"save nowhere", "-save", []string{"-save", filepath.Join(dir, "none", "model.safetensors")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := call(t, c.args...)
			if code != exitUsage || !strings.Contains(stderr, c.want) || strings.Count(stderr, "\n") != 1 || stdout != "" {
				t.Errorf("exit %d, stdout %q, stderr %q; want exit 2 and one line with %q", code, stdout, stderr, c.want)
			}
		})
	}
}

// TestControlCharacters: what a flag holds does not reach the terminal raw, not even a line's end.
func TestControlCharacters(t *testing.T) {
	const value = "none/a\rb\x1b[2J\nc"
	for _, args := range [][]string{
		{"-backend", value}, {"-dtype", value}, {"-hidden", value}, {"-activation", value}, {"-batch", value}, {"-iters", value}, {"-lr", value},
		{"-std", value}, {"-seed", value}, {"-data", value}, {"-out", "/dev/null/" + value}, {"-save", value}, {"-load", value}, {"-tf32=" + value},
		{"-" + value}, {value},
	} {
		code, stdout, stderr := call(t, args...)
		line, ended := strings.CutSuffix(stderr, "\n")
		if code != exitUsage || stdout != "" || !ended || strings.ContainsFunc(line, unicode.IsControl) {
			t.Errorf("%q: exit %d, %q, %q", args, code, stdout, stderr)
		}
	}
}

// gzipless is a set with a file that is called .gz and is none.
func gzipless(t *testing.T) string {
	d := smallSet(t)
	if err := os.Remove(filepath.Join(d, "train-images-idx3-ubyte")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(d, "train-images-idx3-ubyte.gz"), []byte("this is not gzip at all"))
	return d
}

// TestAnyDataSet: other image sizes and class counts train, and the same seed gives the same files.
func TestAnyDataSet(t *testing.T) {
	set := smallSet(t)
	var histories [2][]byte
	for i := range histories {
		out := filepath.Join(t.TempDir(), "run")
		code, stdout, stderr := call(t, "-data", set, "-hidden", "8,5", "-activation", "tanh", "-batch", "20", "-iters", "300", "-std", "0.3", "-lr", "0.5", "-out", out)
		if code != exitOK {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		if !strings.Contains(stdout, "test_acc: 1.000") {
			t.Errorf("it did not learn:\n%s", stdout)
		}
		for _, f := range []string{"loss.png", "accuracy.png", "history.csv", "model.safetensors"} {
			if info, err := os.Stat(filepath.Join(out, f)); err != nil || info.Size() == 0 {
				t.Errorf("%s: %v", f, err)
			}
		}
		var err error
		if histories[i], err = os.ReadFile(filepath.Join(out, "history.csv")); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(histories[0], histories[1]) {
		t.Error("the same seed gave two histories")
	}
}

// last is the last JSON line.
func last(t *testing.T, stdout string) map[string]any {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	var fields map[string]any
	for _, l := range lines {
		fields = nil
		if err := json.Unmarshal([]byte(l), &fields); err != nil {
			t.Fatalf("not a JSON object: %q", l)
		}
	}
	return fields
}

// TestSaveAndLoad: what was saved evaluates to the same accuracies.
func TestSaveAndLoad(t *testing.T) {
	set, file := smallSet(t), filepath.Join(t.TempDir(), "model.safetensors")
	for _, dtype := range []string{"float32", "float64"} {
		common := []string{"-data", set, "-hidden", "6", "-batch", "10", "-json", "-std", "0.3", "-dtype", dtype}
		_, stdout, _ := call(t, append(common, "-iters", "40", "-save", file)...)
		trained := last(t, stdout)
		code, stdout, stderr := call(t, append(common, "-iters", "0", "-load", file)...)
		if code != exitOK {
			t.Fatal(stderr)
		}
		loaded := last(t, stdout)
		for _, k := range []string{"train_acc", "test_acc"} {
			if trained[k] != loaded[k] {
				t.Errorf("%s: %s was %v, is %v after loading", dtype, k, trained[k], loaded[k])
			}
		}
	}
}

// TestJSON: every line is one object, with the fields that were promised.
func TestJSON(t *testing.T) {
	_, stdout, _ := call(t, "-data", smallSet(t), "-batch", "30", "-iters", "5", "-json")
	want := map[string][]string{
		"start": {"backend", "device", "dtype", "params"},
		"epoch": {"iter", "loss", "train_acc", "test_acc"},
		"done":  {"iters", "train_seconds", "eval_seconds", "load_seconds", "ms_per_iter", "final_loss", "train_acc", "test_acc"},
	}
	count := map[string]int{}
	for _, l := range strings.Split(strings.TrimSpace(stdout), "\n") {
		fields := last(t, l)
		event, _ := fields["event"].(string)
		count[event]++
		for _, k := range want[event] {
			if _, ok := fields[k]; !ok {
				t.Errorf("event %s lacks %s: %s", event, k, l)
			}
		}
	}
	if count["start"] != 1 || count["epoch"] != 3 || count["done"] != 1 {
		t.Errorf("events: %v; want 1 start, 3 epochs (5 iterations, 2 an epoch), 1 done", count)
	}
}

// TestDivergence: a loss that is no number, or has ended far above its start, is told with the iteration, the rate and advice,
// and overwrites nothing.
func TestDivergence(t *testing.T) {
	file := filepath.Join(t.TempDir(), "model.safetensors")
	write(t, file, []byte("an older model"))
	set := smallSet(t)
	for _, c := range []struct {
		want string
		args []string
	}{
		{"learning rate 1e+38: the run has diverged; try a learning rate of", []string{"-lr", "1e38", "-activation", "identity", "-std", "1"}},
		{"at learning rate 1e+09, above 1.65, which is 1.5 times that of the start or of a guess: the run has diverged; try a learning rate of 1e+08 or less", []string{"-lr", "1e9", "-iters", "1"}},
	} {
		code, _, stderr := call(t, append([]string{"-data", set, "-batch", "10", "-iters", "50", "-save", file}, c.args...)...)
		if code != exitFailed || !strings.Contains(stderr, c.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("exit %d, stderr %q", code, stderr)
		}
		if content, _ := os.ReadFile(file); string(content) != "an older model" {
			t.Error("a diverged run replaced the saved model")
		}
	}
	code, _, stderr := call(t, "-data", set, "-batch", "10", "-iters", "50", "-std", "1e38")
	if code != exitUsage || !strings.Contains(stderr, "before the first step: the parameters are too large") || strings.Count(stderr, "\n") != 1 {
		t.Errorf("exit %d, stderr %q", code, stderr)
	}
}

// canceller ends a context with the first line that is printed.
type canceller struct {
	bytes.Buffer
	cancel func()
}

func (c *canceller) Write(p []byte) (int, error) {
	c.cancel()
	return c.Buffer.Write(p)
}

// TestInterrupt: the run stops after the current step and writes what was asked for.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out := t.TempDir()
	stdout, stderr := &canceller{cancel: cancel}, &bytes.Buffer{}
	code := run(once(ctx), []string{"-data", smallSet(t), "-batch", "10", "-iters", "1000", "-out", out}, stdout, stderr)
	if code != exitInterrupted || !strings.Contains(stdout.String(), "interrupted after 1 of 1000 iterations") {
		t.Errorf("exit %d, stdout %q, stderr %q", code, stdout.String(), stderr.String())
	}
	if _, err := os.Stat(filepath.Join(out, "model.safetensors")); err != nil {
		t.Error(err)
	}
}

// TestExplain: the README shows what -explain prints, and it fits one screen.
func TestExplain(t *testing.T) {
	code, out, errs := call(t, "-explain")
	if code != exitOK || errs != "" {
		t.Fatalf("exit code %d, %s", code, errs)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(out, "\n"), "\n")
	for _, line := range lines {
		if len(line) > 120 {
			t.Errorf("too long for a screen: %s", line)
		}
	}
	if len(lines) > 45 {
		t.Errorf("%d lines are too many for a screen", len(lines))
	}
	if !strings.Contains(string(readme), "```\n"+out+"```\n") {
		t.Errorf("README.md does not show this:\n%s", out)
	}
}
