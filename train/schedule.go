package train

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Schedule is how the learning rate changes as a training goes on. The rate is an input of the compiled step: nothing is compiled anew.
type Schedule interface {
	// Factor is what Config.LR is multiplied by in an iteration, counted from 0, of a training of iters.
	Factor(iter, iters int) float64
	String() string // its text, as ParseSchedule reads those of this package
}

// Constant is the same rate all the time.
type Constant struct{}

// Steps multiplies the rate by By after each Every iterations: By^⌊iter/Every⌋, PyTorch's StepLR.
type Steps struct {
	Every int     // at least 1
	By    float64 // from above 0 to 1
}

// Cosine lets the rate fall along half a cosine, from 1 to Low over Over iterations, and then leaves it there:
// Low + (1 − Low)·(1 + cos(π·iter/Over))/2, PyTorch's CosineAnnealingLR.
//
// Source: Loshchilov and Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, 2017, equation 5, without restarts.
type Cosine struct {
	Over int     // 0 is all iterations
	Low  float64 // from 0 to 1
}

// Warmup lets the rate rise in a line over Over iterations, (iter + 1)/Over, and then goes on with another schedule from its
// beginning.
type Warmup struct {
	Over int      // at least 1
	Then Schedule // nil is Constant
}

// Factor is 1.
func (Constant) Factor(iter, iters int) float64 { return 1 }

// Factor is By^⌊iter/Every⌋.
func (s Steps) Factor(iter, iters int) float64 { return math.Pow(s.By, float64(iter/s.Every)) }

// Factor falls from 1 to Low.
func (s Cosine) Factor(iter, iters int) float64 {
	over := s.Over
	if over == 0 {
		over = iters
	}
	at := float64(min(iter, over)) / float64(over)
	return s.Low + (1-s.Low)*(1+math.Cos(math.Pi*at))/2
}

// Factor rises to 1, then it is that of Then.
func (s Warmup) Factor(iter, iters int) float64 {
	if iter < s.Over {
		return float64(iter+1) / float64(s.Over)
	}
	return s.then().Factor(iter-s.Over, iters-s.Over)
}

func (s Warmup) then() Schedule {
	if s.Then == nil {
		return Constant{}
	}
	return s.Then
}

func (Constant) String() string { return "constant" }

func (s Steps) String() string { return fmt.Sprintf("step:%d:%s", s.Every, shortest(s.By)) }

func (s Cosine) String() string {
	switch {
	case s.Low != 0:
		return fmt.Sprintf("cosine:%d:%s", s.Over, shortest(s.Low))
	case s.Over != 0:
		return fmt.Sprintf("cosine:%d", s.Over)
	}
	return "cosine"
}

func (s Warmup) String() string { return fmt.Sprintf("warmup:%d,%s", s.Over, s.then()) }

func shortest(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// schedules read what stands behind the colons of each name.
var schedules = map[string]struct {
	form string
	read func(n []float64) (Schedule, bool)
}{
	"constant": {"constant", func(n []float64) (Schedule, bool) { return Constant{}, len(n) == 0 }},
	"step": {"step:EVERY or step:EVERY:FACTOR", func(n []float64) (Schedule, bool) {
		if len(n) == 1 {
			n = append(n, 0.1)
		}
		return count(n, 1, 2, func() Schedule { return Steps{int(n[0]), n[1]} })
	}},
	"cosine": {"cosine, cosine:ITERATIONS or cosine:ITERATIONS:LOWEST", func(n []float64) (Schedule, bool) {
		n = append(n, make([]float64, max(0, 2-len(n)))...)
		return count(n, 0, 2, func() Schedule { return Cosine{int(n[0]), n[1]} })
	}},
	"warmup": {"warmup:ITERATIONS", func(n []float64) (Schedule, bool) {
		return count(n, 1, 1, func() Schedule { return Warmup{Over: int(n[0])} })
	}},
}

// count makes a schedule of so many numbers, the first of which is a whole one of at least least.
func count(n []float64, least float64, many int, make func() Schedule) (Schedule, bool) {
	if len(n) != many || !(n[0] >= least && n[0] <= math.MaxInt32) || n[0] != math.Trunc(n[0]) {
		return nil, false
	}
	s := make()
	return s, checkSchedule(s) == nil
}

// ParseSchedule reads a schedule's text: constant, step:EVERY:FACTOR (a factor that is left out is 0.1), cosine:ITERATIONS:LOWEST (to 0
// where the lowest factor is left out, over the whole training where both are), or warmup:ITERATIONS, and with a comma what comes
// after it, such as warmup:500,cosine.
func ParseSchedule(text string) (Schedule, error) {
	first, rest, more := strings.Cut(text, ",")
	name, arguments, has := strings.Cut(first, ":")
	kind, ok := schedules[name]
	if !ok {
		return nil, fmt.Errorf("schedule %q: there is no %q: choose constant, step, cosine or warmup", text, name)
	}
	var numbers []float64
	if has {
		for _, part := range strings.Split(arguments, ":") {
			v, err := strconv.ParseFloat(part, 64)
			if err != nil {
				return nil, fmt.Errorf("schedule %q: %q is not a number: write %s", text, part, kind.form)
			}
			numbers = append(numbers, v)
		}
	}
	s, ok := kind.read(numbers)
	if !ok {
		return nil, fmt.Errorf("schedule %q: write %s, with iterations from 1 on and factors of at most 1", text, kind.form)
	}
	warm, isWarm := s.(Warmup)
	switch {
	case !more:
		return s, nil
	case !isWarm:
		return nil, fmt.Errorf("schedule %q: only warmup has something after it, such as warmup:500,cosine", text)
	}
	var err error
	if warm.Then, err = ParseSchedule(rest); err != nil {
		return nil, err
	}
	return warm, checkSchedule(warm)
}

// checkSchedule finds what makes no sense in a schedule of this package.
func checkSchedule(s Schedule) error {
	if c, ok := s.(interface{ check() error }); ok {
		return c.check()
	}
	return nil
}

func (s Steps) check() error {
	if s.Every < 1 || !(s.By > 0 && s.By <= 1) {
		return fmt.Errorf("schedule %v: Every must be at least 1, By above 0 and at most 1", s)
	}
	return nil
}

func (s Cosine) check() error {
	if s.Over < 0 || !(s.Low >= 0 && s.Low <= 1) {
		return fmt.Errorf("schedule %v: Over must be at least 0, Low from 0 to 1", s)
	}
	return nil
}

func (s Warmup) check() error {
	if _, twice := s.Then.(Warmup); s.Over < 1 || twice {
		return fmt.Errorf("schedule %v: Over must be at least 1, and Then no other warm-up", s)
	}
	return checkSchedule(s.Then)
}
