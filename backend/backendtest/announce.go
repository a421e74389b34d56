package backendtest

import (
	"errors"
	"fmt"
	"math"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"
)

// announced runs a program and holds it to what it tells of its outputs as they come: each once, and no later than it can be read.
func announced(x backend.Exec, u *backend.Unit) error {
	a, ok := x.(backend.Announcer)
	if !ok {
		return x.Run()
	}
	p := u.Program
	seen := make([][]float64, len(p.Outputs))
	var wrong error
	a.Announce(func(i int) {
		if i < 0 {
			return
		}
		if seen[i] != nil {
			wrong = errors.Join(wrong, fmt.Errorf("output %d is announced twice", i))
		}
		v, err := read(x.Output(i), p.DType, p.At(p.Outputs[i]).Shape.Size())
		seen[i], wrong = v, errors.Join(wrong, err)
	})
	defer a.Announce(nil)
	if err := errors.Join(x.Run(), wrong); err != nil {
		return err
	}
	for i, v := range seen {
		if v == nil {
			return fmt.Errorf("output %d is not announced", i)
		}
		if p.At(u.Plan.Alias[p.Outputs[i]]).Op == ir.Input { // an update may follow
			continue
		}
		last, err := read(x.Output(i), p.DType, len(v))
		if err != nil {
			return err
		}
		for j := range v {
			if math.Float64bits(v[j]) != math.Float64bits(last[j]) {
				return fmt.Errorf("output %d: element %d is %v when it is announced, and %v at the end", i, j, v[j], last[j])
			}
		}
	}
	return nil
}
