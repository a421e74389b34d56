package work

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestSequence: the first numbers of splitmix64 from 1234567, as its authors' program prints them.
func TestSequence(t *testing.T) {
	s := Sequence(1234567)
	for i, z := range []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821} {
		if got, want := s.Next(), float64(z>>11)/(1<<53); got != want {
			t.Errorf("number %d: %v, want %v", i, got, want)
		}
	}
}

func TestDraw(t *testing.T) {
	for _, pixels := range []string{Digits, Dense} {
		s := Start
		x, target := s.Draw(Spec{Widths: []int{784, 10}, Batch: 100, Pixels: pixels})
		zeros, ones := 0, 0
		for _, v := range x {
			if v == 0 {
				zeros++
			}
			if v < 0 || v >= 1 {
				t.Fatalf("%s: a pixel is %v, want 0 to 1", pixels, v)
			}
		}
		for _, v := range target {
			if v == 1 {
				ones++
			}
		}
		share := float64(zeros) / float64(len(x))
		if want := map[string]float64{Digits: 0.8, Dense: 0}[pixels]; math.Abs(share-want) > 0.01 || ones != 100 {
			t.Errorf("%s: %.3f of the pixels are zero, want %.1f; %d targets, want 100", pixels, share, want, ones)
		}
	}
}

func TestParse(t *testing.T) {
	want := Spec{Widths: []int{784, 50, 10}, Batch: 100, DType: "float32", Pixels: Digits, Threads: 2}
	got, err := Parse(strings.Fields("784-50-10 100 float32 digits 2"))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, error %v; want %+v", got, err, want)
	}
	for net, want := range map[string]Spec{
		"convnet":         {Name: "convnet", Widths: []int{784, 10}, Batch: 1, DType: "float64", Pixels: Dense, Threads: 1},
		"convnet-forward": {Name: "convnet", Forward: true, Widths: []int{784, 10}, Batch: 1, DType: "float64", Pixels: Dense, Threads: 1},
	} {
		got, err := Parse([]string{net, "1", "float64", "dense", "1"})
		if err != nil || !reflect.DeepEqual(got, want) || got.Net() != net {
			t.Errorf("%s: %+v, error %v; want %+v", net, got, err, want)
		}
	}
	if again, err := Parse(got.Args()); err != nil || !reflect.DeepEqual(again, want) {
		t.Errorf("its Args are read as %+v, error %v", again, err)
	}
	for args, word := range map[string]string{
		"784-50-10 100 float32 digits":       "arguments",
		"784-x-10 100 float32 digits 1":      "784-x-10",
		"nonet 100 float32 digits 1":         "convnet",
		"784 100 float32 digits 1":           "widths",
		"784-50-10 0 float32 digits 1":       "batch",
		"784-50-10 100 int digits 1":         "dtype",
		"784-50-10 100 float32 photos 1":     "photos",
		"784-50-10 100 float32 digits none":  "threads",
		"784-50-10 100 float32 digits 1 two": "arguments",
	} {
		if _, err := Parse(strings.Fields(args)); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%q: error %v, want one that names %q", args, err, word)
		}
	}
}

// TestFlops: of 784-50-10 with a batch of 100, counted by hand. A forward pass is 2·100·(784·50 + 50·10) = 7.94 million;
// a step has two of them, the gradients of both matrices (7.94) and what is handed down to the hidden layer (0.1).
func TestFlops(t *testing.T) {
	s := Spec{Widths: []int{784, 50, 10}, Batch: 100}
	if s.ForwardFlops() != 7_940_000 || s.StepFlops() != 2*7_940_000+7_940_000+100_000 {
		t.Errorf("%d forward, %d a step", s.ForwardFlops(), s.StepFlops())
	}
	// convolutions of 45, 723 and 723 million, matrices of 144 and 1.25; a step is three times that but for the first layer's data
	s = Spec{Name: "convnet", Batch: 100}
	if s.ForwardFlops() != 1_635_477_200 || s.StepFlops() != 3*1_635_477_200-45_158_400 {
		t.Errorf("convnet: %d forward, %d a step", s.ForwardFlops(), s.StepFlops())
	}
	if s.Forward = true; s.StepFlops() != s.ForwardFlops() {
		t.Errorf("forward alone: %d, want %d", s.StepFlops(), s.ForwardFlops())
	}
}

// counter is a job that takes a millisecond a step.
type counter struct{ loads, works int }

func (c *counter) Load() error { c.loads++; return nil }

func (c *counter) Work() (float64, error) {
	c.works++
	time.Sleep(time.Millisecond)
	return 1 / float64(c.works), nil
}

func TestServe(t *testing.T) {
	c := &counter{}
	var out bytes.Buffer
	units := map[string]Unit{"naps": func(n int) (time.Duration, error) { return time.Duration(n) * 3 * time.Millisecond, nil }}
	if err := Serve(strings.NewReader("steps 5\nnaps 2\nsteps 0\njokes 1\n"), &out, Hello{Version: "1"}, c, units); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 5 || c.works != GateSteps+5 || c.loads != c.works {
		t.Fatalf("%d steps on %d batches, and the lines %q", c.works, c.loads, lines)
	}
	for i, want := range []string{`"gate":0.1}`, `"ms":`, `"ms":3}`, "steps 0", "jokes"} {
		if !strings.Contains(lines[i], want) {
			t.Errorf("line %d: %q, want %q in it", i, lines[i], want)
		}
	}
}

// TestUnits: a convolution's unit is read as it was written, and one that cannot be is refused.
func TestUnits(t *testing.T) {
	want := Convolution{Batch: 32, Channels: 3, Size: 224, Filters: 64, Kernel: 7, Step: 2, Pad: 3, Groups: 1}
	got, pass, err := ParseUnit(want.Unit("data"))
	if err != nil || got != want || pass != "data" || got.Out() != 112 || got.String() != "32 x 3 x 224 x 224, 64 of 7 x 7, step 2" {
		t.Errorf("%v, %s, error %v; want %v", got, pass, err, want)
	}
	// 2·32·112²·64·7²·3
	if got.Flops() != 7_552_892_928 {
		t.Errorf("%.0f operations", got.Flops())
	}
	depthwise := Convolution{Batch: 1, Channels: 6, Size: 5, Filters: 6, Kernel: 3, Step: 1, Pad: 1, Groups: 6}
	if got, _, err := ParseUnit(depthwise.Unit("forward")); err != nil || got != depthwise || got.String() != "1 x 6 x 5 x 5, 6 of 3 x 3, 6 groups" || got.Flops() != 2*6*25*9 {
		t.Errorf("%v, %.0f operations, error %v; want %v", got, got.Flops(), err, depthwise)
	}
	for _, unit := range []string{"", "forward", "sideways,1,1,1,1,1,1,0,1", "forward,1,1,1,1,1,1", "forward,1,1,1,1,1,1,0,1,1", "forward,1,1,1,1,1,0,0", "forward,1,1,1,1,1,1,x,1", "forward,1,1,2,1,3,1,0,1", "forward,1,4,5,6,3,1,1,3"} {
		if _, _, err := ParseUnit(unit); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", unit)) {
			t.Errorf("%q: error %v, want one that names it", unit, err)
		}
	}
}
