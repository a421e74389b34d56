package work

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
)

// Hello is a peer's first line: what it is, and the loss after GateSteps steps.
type Hello struct {
	Version string  `json:"version"` // of the program and of the library that multiplies for it
	Library string  `json:"library"` // what that library says of its kernels, where it says anything
	Gate    float64 `json:"gate"`
}

// Reply is the line with which a peer answers a request.
type Reply struct {
	MS    float64 `json:"ms"`              // mean of one unit: a step, an evaluation
	Error string  `json:"error,omitempty"` // what went wrong, in one line
	Sum   float64 `json:"sum,omitempty"`   // of a convolution's result, each number with a weight
	Size  float64 `json:"size,omitempty"`  // the sum of the magnitudes of what is summed up
}

// Trainer is the job on some program. Load brings the next batch to where Work reads it, outside of the clock; Work is
// gradient, update, and the loss after it.
type Trainer interface {
	Load() error
	Work() (loss float64, err error)
}

// A Unit does n of what a request names and says how long they took in all. What does not count it leaves out.
type Unit func(n int) (time.Duration, error)

// Serve holds a peer's side of the conversation: Hello, then for every line "UNIT N" a Reply. The unit "steps" is the
// trainer's; a peer may offer more. It returns when in ends.
func Serve(in io.Reader, out io.Writer, h Hello, t Trainer, units map[string]Unit) error {
	answers := json.NewEncoder(out)
	for i := range GateSteps {
		if err := t.Load(); err != nil {
			return err
		}
		loss, err := t.Work()
		if err != nil {
			return err
		}
		if math.IsNaN(loss) || math.IsInf(loss, 0) {
			return fmt.Errorf("DIFFERENT WORK: the loss after step %d is %v", i+1, loss)
		}
		h.Gate = loss
	}
	if err := answers.Encode(h); err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if err := answers.Encode(answer(lines.Text(), t, units)); err != nil {
			return err
		}
	}
	return lines.Err()
}

func answer(request string, t Trainer, units map[string]Unit) Reply {
	var name string
	var n int
	if _, err := fmt.Sscan(request, &name, &n); err != nil || n < 1 {
		return Reply{Error: fmt.Sprintf("request %q: want UNIT N", request)}
	}
	unit := units[name]
	if name == "steps" {
		unit = func(n int) (time.Duration, error) { return steps(t, n) }
	}
	if unit == nil {
		return Reply{Error: "does not do " + name}
	}
	spent, err := unit(n)
	if err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return Reply{Error: first}
	}
	return Reply{MS: spent.Seconds() * 1e3 / float64(n)}
}

func steps(t Trainer, n int) (total time.Duration, err error) {
	for range n {
		if err := t.Load(); err != nil {
			return 0, err
		}
		began := time.Now()
		if _, err := t.Work(); err != nil {
			return 0, err
		}
		total += time.Since(began)
	}
	return total, nil
}
