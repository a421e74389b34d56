package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata anew")

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		v    []float64
		want float64
	}{{[]float64{3}, 3}, {[]float64{9, 1}, 5}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2.5}} {
		if got := Median(c.v); got != c.want {
			t.Errorf("median of %v: %v, want %v", c.v, got, c.want)
		}
	}
	if got := Median(nil); !math.IsNaN(got) {
		t.Errorf("median of nothing: %v, want NaN", got)
	}
}

// TestInterval: the coverage is 1 − 2·P(at most k heads in n throws), for n = 15 and k = 3
// 1 − 2·(1 + 15 + 105 + 455)/2¹⁵ = 0.96484; one rank further in it would fall below 95 %.
func TestInterval(t *testing.T) {
	for _, c := range []struct {
		n         int
		low, high float64
		coverage  float64
	}{{1, 1, 1, 0}, {5, 1, 5, 0.9375}, {6, 1, 6, 0.96875}, {10, 2, 9, 0.978515625}, {15, 4, 12, 0.96484375}, {20, 6, 15, 0.958610534667969}} {
		var v []float64
		for i := range c.n {
			v = append(v, float64((i*7)%c.n+1)) // 1 to n, in disorder where 7 does not divide n
		}
		slices.Sort(v)
		slices.Reverse(v)
		low, high, coverage := Interval(v)
		if low != c.low || high != c.high || math.Abs(coverage-c.coverage) > 1e-12 {
			t.Errorf("n = %d: [%v, %v] with %v, want [%v, %v] with %v", c.n, low, high, coverage, c.low, c.high, c.coverage)
		}
	}
}

func TestFit(t *testing.T) {
	xs := []float64{1, 2, 5, 10, 100}
	var ys []float64
	for _, x := range xs {
		ys = append(ys, 3*math.Pow(x, 1.7))
	}
	if got := Fit(xs, ys); math.Abs(got-1.7) > 1e-12 {
		t.Errorf("exponent of 3·x^1.7: %v", got)
	}
	// log y = 0, 1, 1 over log x = 0, 1, 2: the slope of the least squares is 1/2
	if got := Fit([]float64{1, math.E, math.E * math.E}, []float64{1, math.E, math.E}); math.Abs(got-0.5) > 1e-12 {
		t.Errorf("exponent of three points: %v, want 0.5", got)
	}
	if got := Fit([]float64{3}, []float64{4}); !math.IsNaN(got) {
		t.Errorf("exponent of one point: %v, want NaN", got)
	}
}

func TestCheck(t *testing.T) {
	c := Comparison{Expected: 2, Tolerance: 1e-3, Rows: []Row{
		{Name: "right", Gate: 2.0005, Values: []float64{1}},
		{Name: "wrong", Gate: 2.002, Values: []float64{1}},
		{Name: "no number", Gate: math.NaN(), Values: []float64{1}},
		{Name: "absent", Problem: "not here"},
	}}
	c.Check()
	for _, r := range c.Rows {
		bad := strings.HasPrefix(r.Problem, "DIFFERENT WORK")
		if want := r.Name == "wrong" || r.Name == "no number"; bad != want {
			t.Errorf("%s: problem %q", r.Name, r.Problem)
		}
		if bad && len(r.Values) > 0 {
			t.Errorf("%s keeps its times", r.Name)
		}
	}
}

// TestGrows: a row whose operations take longer than those of the row before is flagged, and no other.
func TestGrows(t *testing.T) {
	s := Scaling{Rows: []Size{{Size: 1, Flops: 100, MS: 2}, {Size: 2, Flops: 200, MS: 3}, {Size: 3, Flops: 300, MS: 9}}}
	for i, want := range []float64{0, 0, 2} {
		if got := s.Grows(i); math.Abs(got-want) > 1e-12 {
			t.Errorf("row %d: %v, want %v", i, got, want)
		}
	}
}

// sample is a small report with one of everything.
func sample() *Report {
	r := &Report{
		Machine: Machine{CPU: "a processor", Cores: 2, Flags: []string{"avx2", "fma"}, Kernels: "avx2", BLAS: "OpenBLAS 0.3 Haswell", MaxProc: 2,
			Peak: []Peak{{"float32", "AVX2 FMA", 100, 200, 0.99}, {"float64", "AVX2 FMA", 50, 60, 0.61}}, Load: "0.1 0.2 0.3", Busy: 0.1, Date: "2026-01-02 03:04",
			Command: "compare -quick", Commit: "0123456", Disturbed: []string{"after the part jobs: the measurement of the peak got 61 % of the cores' time"}, Env: []string{"dropped OMP_NUM_THREADS=4"}, Go: "go1.26.0",
			Programs: []Peer{{"NumPy 2.0", "2.0", "OpenBLAS 0.3"}, {"GoMLX", "v0.26", "its own"}}},
		Missing: []string{"JAX: not found; pip install jax"},
		Comparisons: []Comparison{{Title: "The main job", Job: "784-50-10 100 float32 digits", DType: "float32", Unit: "ms a step", Factor: 1, Flops: 2e7, Trips: []float64{82, 371, 90}, Expected: 2.3, Tolerance: 5e-6,
			Rows: []Row{
				{Name: "Stheno, go", Threads: 2, Values: []float64{0.2, 0.21, 0.22, 0.2, 0.2, 0.23}, Gate: 2.3, PeakMB: 20},
				{Name: "NumPy", Threads: 1, Values: []float64{0.4, 0.42, 0.44, 0.5, 0.4, 0.46}, Gate: 2.3, PeakMB: 40, Version: "2.0"},
				{Name: "broken", Problem: "DIFFERENT WORK: loss 9.0000000, expected 2.3000000"},
			}}},
		Compile: []Compile{{"go", "784-50-10", []float64{1, 2, 3}, 0}},
		Whole: []Whole{{Name: "go", Seconds: []float64{2, 2.2, 2.1}, Train: []float64{1}, Eval: []float64{0.5}, PeakMB: 97, Acc: 0.9485,
			Curve: []Point{{0.2, 0.1}, {1, 0.9}, {2, 0.95}}}},
		Scaling: []Scaling{{Name: "batch", What: "a step", Rows: []Size{{1, 1e6, 1, 20, 80}, {10, 1e7, 8, 21, 80}, {100, 1e8, 120, 30, 400}}}},
	}
	for _, n := range []int{64, 128} {
		r.Products = append(r.Products, Product{Shape: "square", Size: n, DType: "float32", Rates: map[string]Rates{
			BLASOne: {80, 81, 82}, NativeOne: {90, 91, 92}, PeakOne: {100, 100, 101}, BLASAll: {150}, NativeAll: {160}}})
	}
	r.Products[1].Rates[NativeOne] = Rates{116, 117, 118} // of a peak that others kept low
	return r
}

// golden compares with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what it was; if it is better, go test ./bench/report -update. Now:\n%s", path, got)
	}
}

func TestMarkdown(t *testing.T) {
	var b bytes.Buffer
	sample().Markdown(&b, "steps.png")
	golden(t, "report.md", b.Bytes())
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := sample().JSON(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.json", b.Bytes())
	var back Report
	if err := json.Unmarshal(b.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(&back, sample()) {
		t.Error("what is read back is not what was written")
	}
}

// TestPictures: each is a PNG with something on it, in the colours of its lines.
func TestPictures(t *testing.T) {
	for _, p := range Pictures {
		t.Run(p.Name, func(t *testing.T) {
			r := sample()
			if !p.Has(r) || p.Has(&Report{}) {
				t.Error("Has does not tell a report with its figures from an empty one")
			}
			var b bytes.Buffer
			if err := p.Draw(r, &b); err != nil {
				t.Fatal(err)
			}
			img, err := png.Decode(&b)
			if err != nil {
				t.Fatal(err)
			}
			colours := map[[3]uint32]int{}
			for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y += 2 {
				for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x += 2 {
					r, g, b, _ := img.At(x, y).RGBA()
					colours[[3]uint32{r >> 8, g >> 8, b >> 8}]++
				}
			}
			if n := colours[[3]uint32{uint32(red.R), uint32(red.G), uint32(red.B)}]; n < 20 {
				t.Errorf("%d of the points looked at are red: the first line is missing", n)
			}
		})
	}
}

// TestAgreement: ratios agree where their intervals meet, or come as near as the noise allows.
func TestAgreement(t *testing.T) {
	run := func(peer, again float64) *Report {
		row := func(name string, f float64) Row {
			return Row{Name: name, Values: []float64{f, f * 1.02, f, f, f, f * 0.99}}
		}
		return &Report{Comparisons: []Comparison{{Title: "job", Rows: []Row{
			{Name: "ours", Values: []float64{1, 1, 1, 1, 1, 1}}, row("peer", peer), row(Again, again)}}}}
	}
	for _, c := range []struct {
		before, now *Report
		want        string
	}{
		{run(2, 1), run(2.01, 1), "1 of 1"},
		{run(2, 1), run(2.4, 1), "0 of 1"},
		{run(2, 1.2), run(2.4, 1), "1 of 1"}, // the earlier run was that noisy
	} {
		var b bytes.Buffer
		Agreement(&b, c.before, c.now)
		if !strings.Contains(b.String(), c.want+" ratios agree") {
			t.Errorf("want %s, got %q", c.want, b.String())
		}
	}
}

// TestConvolutionTable: shares of the peak, how many times as long another program takes, and in how many rows it takes at least as
// long.
func TestConvolutionTable(t *testing.T) {
	r := Report{Machine: Machine{Peak: []Peak{{DType: "float32", All: 100}}}}
	for _, other := range [][]float64{{4, 4}, {1, 1}} {
		r.Convolutions = append(r.Convolutions, Convolution{Shape: "shape", Pass: "forward", DType: "float32", Flops: 1e8, Rows: []Row{
			{Name: Own + "go", Values: []float64{2, 2}}, {Name: "PyTorch", Values: other},
		}})
	}
	r.Convolutions = append(r.Convolutions, Convolution{Shape: "shape, 3 groups", Pass: "data", DType: "float32", Flops: 1e8, Rows: []Row{
		{Name: Own + "go", Problem: "it fell over"}, {Name: "PyTorch", Values: []float64{1, 1}},
	}})
	var w bytes.Buffer
	r.Tables(&w)
	for _, want := range []string{"Convolutions, forward, float32", "### Convolutions in groups, gradient by data", "| 50 ", "2.00 [2.00 to 2.00]", "0.50 [0.50 to 0.50]", "PyTorch takes at least as long as Stheno, go in 1 of 2.", "it fell over"} {
		if !strings.Contains(w.String(), want) {
			t.Errorf("no %q in\n%s", want, w.String())
		}
	}
}

// TestExampleTable: ratios to the TapeMachine, the arithmetic at the peak, and where a ratio is small, how much of the run that is.
func TestExampleTable(t *testing.T) {
	r := Report{Machine: Machine{Peak: []Peak{{DType: "float32", All: 100}}}}
	r.Examples = []Example{
		{Name: "slow", Note: "a net", DType: "float32", Flops: 1e8, Rows: []Row{{Name: Tape, Values: []float64{60, 60}}, {Name: Own + "go", Values: []float64{2, 2}}}},
		{Name: "close", Note: "a net", DType: "float32", Flops: 1e8, Rows: []Row{{Name: Tape, Values: []float64{4, 4}}, {Name: Own + "go", Values: []float64{2, 2}}}},
		{Name: "broken", Note: "a net", DType: "float64", Rows: []Row{{Name: Tape, Values: []float64{4, 4}}, {Name: Own + "go", Problem: "it fell over"}}},
	}
	var w bytes.Buffer
	r.Tables(&w)
	for _, want := range []string{"30.00 [30.00 to 30.00]", "| 1 ", "close: the TapeMachine takes 2.0 times as long as Stheno, go, whose products are 100 MFLOP: at the FMA peak of all cores 1 ms, 50 % of its run.", "it fell over"} {
		if !strings.Contains(w.String(), want) {
			t.Errorf("no %q in\n%s", want, w.String())
		}
	}
	if strings.Contains(w.String(), "slow: ") {
		t.Errorf("a large ratio is explained:\n%s", w.String())
	}
}

// TestLimit: the arithmetic is held to the cores that the programs may have.
func TestLimit(t *testing.T) {
	m := Machine{Peak: []Peak{{DType: "float32", One: 50, All: 100}}}
	for _, c := range []struct {
		tried [][]int
		want  float64
		words string
	}{
		{[][]int{{1}, {1}}, 2, "of one core"}, {[][]int{{2}, {1, 2}}, 1, "of all cores"}, {[][]int{{1}, {1, 2}}, 1, "of all cores"},
	} {
		cmp := Comparison{DType: "float32", Flops: 1e8, Factor: 1}
		for _, tried := range c.tried {
			cmp.Rows = append(cmp.Rows, Row{Name: "a program", Tried: tried, Values: []float64{1}})
		}
		var w bytes.Buffer
		if cmp.Markdown(&w, &m); cmp.Limit(&m) != c.want || !strings.Contains(w.String(), c.words) {
			t.Errorf("threads tried %v: %v ms, want %v %s:\n%s", c.tried, cmp.Limit(&m), c.want, c.words, w.String())
		}
	}
}
