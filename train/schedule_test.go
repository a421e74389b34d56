package train

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// TestSchedules: a text's factors are those of the formula, written here as plain loops, and its text is read as the same schedule.
func TestSchedules(t *testing.T) {
	const iters = 200
	cosine := func(i, over int, low float64) float64 {
		if i >= over {
			return low
		}
		return low + (1-low)*0.5*(1+math.Cos(float64(i)*math.Pi/float64(over)))
	}
	for text, want := range map[string]func(i int) float64{
		"constant": func(int) float64 { return 1 },
		"step:30": func(i int) float64 {
			f := 1.
			for ; i >= 30; i -= 30 {
				f /= 10
			}
			return f
		},
		"step:7:0.5":     func(i int) float64 { return 1 / float64(uint64(1)<<(i/7)) },
		"cosine":         func(i int) float64 { return cosine(i, iters, 0) },
		"cosine:50":      func(i int) float64 { return cosine(i, 50, 0) },
		"cosine:50:0.25": func(i int) float64 { return cosine(i, 50, 0.25) },
		"cosine:0:0.25":  func(i int) float64 { return cosine(i, iters, 0.25) },
		"warmup:10":      func(i int) float64 { return min(1, float64(i+1)/10) },
		"warmup:10,cosine": func(i int) float64 {
			if i < 10 {
				return float64(i+1) / 10
			}
			return cosine(i-10, iters-10, 0)
		},
		"warmup:1,step:3:1": func(int) float64 { return 1 },
	} {
		s, err := ParseSchedule(text)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseSchedule(s.String())
		if err != nil || again.String() != s.String() {
			t.Errorf("%s: its text is %q, read again %v; %v", text, s, again, err)
		}
		for i := range iters {
			if got := s.Factor(i, iters); math.Abs(got-want(i)) > 1e-15 || again.Factor(i, iters) != got {
				t.Errorf("%s, iteration %d: factor %v, read again %v, want %v", text, i, got, again.Factor(i, iters), want(i))
				break
			}
		}
	}
}

// TestScheduleMistakes: of texts and of values, each with its own words.
func TestScheduleMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"":                   `schedule "": there is no "": choose constant, step, cosine or warmup`,
		"linear":             `schedule "linear": there is no "linear": choose constant, step, cosine or warmup`,
		"step":               `schedule "step": write step:EVERY or step:EVERY:FACTOR, with iterations from 1 on and factors of at most 1`,
		"step:0":             `schedule "step:0": write step:EVERY`,
		"step:5:2":           `schedule "step:5:2": write step:EVERY`,
		"step:5:0":           `schedule "step:5:0": write step:EVERY`,
		"step:5:NaN":         `schedule "step:5:NaN": write step:EVERY`,
		"step:1e300":         `schedule "step:1e300": write step:EVERY`,
		"step:2.5":           `schedule "step:2.5": write step:EVERY`,
		"cosine:-1":          `schedule "cosine:-1": write cosine, cosine:ITERATIONS or cosine:ITERATIONS:LOWEST`,
		"cosine:1:2:3":       `schedule "cosine:1:2:3": write cosine`,
		"cosine:":            `schedule "cosine:": "" is not a number: write cosine`,
		"cosine:many":        `schedule "cosine:many": "many" is not a number: write cosine`,
		"constant:3":         `schedule "constant:3": write constant`,
		"cosine,step:3":      `schedule "cosine,step:3": only warmup has something after it, such as warmup:500,cosine`,
		"warmup":             `schedule "warmup": write warmup:ITERATIONS`,
		"warmup:5,":          `schedule "": there is no ""`,
		"warmup:5,warmup:50": `schedule warmup:5,warmup:50,constant: Over must be at least 1, and Then no other warm-up`,
	} {
		if s, err := ParseSchedule(text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, %v; want %q", text, s, err, want)
		}
	}
	for _, s := range []Schedule{Steps{}, Steps{5, math.NaN()}, Cosine{-1, 0}, Cosine{1, math.NaN()}, Warmup{}, Warmup{3, Steps{}}} {
		_, err := Run(t.Context(), model(t, tensor.Float32, 16, 4), stripes(40), Config{Batch: 10, Iters: 3, LR: 0.1, Schedule: s}, Events{})
		if err == nil || !strings.HasPrefix(err.Error(), "schedule ") {
			t.Errorf("%#v: %v", s, err)
		}
	}
}

// halves is a schedule of a user's own.
type halves struct{}

func (halves) Factor(iter, iters int) float64 { return math.Pow(0.5, float64(iter)) }
func (halves) String() string                 { return "halves" }

// TestScheduledRun: a run takes the rates of its schedule, also on an engine that does many steps at once, and a rate that comes
// below what the type holds is 0, no error.
func TestScheduledRun(t *testing.T) {
	d := stripes(40)
	for _, s := range []Schedule{Steps{15, 0.5}, Cosine{}, Warmup{20, nil}, halves{}} {
		c := Config{Batch: 20, Iters: 170, LR: 0.5, Seed: 3, Schedule: s}
		got, err := Run(t.Context(), model(t, tensor.Float32, 16, 8, 4), d, c, Events{})
		if err != nil {
			t.Fatal(err)
		}
		if want := byHand(t, c, d); !slices.Equal(got.Losses, want) {
			t.Errorf("%v: losses %v, by hand %v", s, got.Losses, want)
		}
		there, err := Run(t.Context(), modelOn(t, newLooper(t)), d, c, Events{})
		if err != nil || !slices.Equal(got.Losses, there.Losses) {
			t.Errorf("%v: losses %v on an engine that repeats programs, want %v; %v", s, there.Losses, got.Losses, err)
		}
	}
}

// byHand is the loop as a user would write it.
func byHand(t *testing.T, c Config, from *data.Dataset) (losses []float64) {
	t.Helper()
	m := model(t, tensor.Float32, 16, 8, 4)
	d, err := from.Set()
	if err != nil {
		t.Fatal(err)
	}
	step, err := m.Step(c.Batch, c.Optimizer)
	if err != nil {
		t.Fatal(err)
	}
	defer step.Close()
	sampler, feed, idx := data.NewSampler(d.Train.Len(), c.Seed), newFeed(d.Train, c.Batch, step.X, step.T), make([]int, c.Batch)
	for i := range c.Iters {
		rate := c.LR * c.Schedule.Factor(i, c.Iters)
		if rate < 1e-40 {
			rate = models.Zero
		}
		for _, err := range []error{sampler.Draw(idx), feed.draw(idx), step.SetLR(rate), step.Run()} {
			if err != nil {
				t.Fatal(fmt.Errorf("iteration %d: %w", i, err))
			}
		}
		loss, err := step.Loss()
		if err != nil {
			t.Fatal(err)
		}
		losses = append(losses, loss)
	}
	return losses
}

func FuzzParseSchedule(f *testing.F) {
	for _, text := range []string{"constant", "step:30:0.5", "cosine:100:0.1", "warmup:5,cosine", "warmup:5,warmup:5", "cosine:", ":,:"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSchedule(text)
		if err != nil {
			return
		}
		again, err := ParseSchedule(s.String())
		if err != nil || again.String() != s.String() {
			t.Fatalf("%q is %v, and that is %v; %v", text, s, again, err)
		}
		for _, i := range []int{0, 1, 99} {
			if factor := s.Factor(i, 100); !(factor >= 0 && factor <= 1) || factor != again.Factor(i, 100) {
				t.Fatalf("%q: factor %v in iteration %d, and %v", text, factor, i, again.Factor(i, 100))
			}
		}
	})
}
