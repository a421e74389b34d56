package models

import (
	"fmt"
	"slices"

	"github.com/stheno/stheno/graph"
	"github.com/stheno/stheno/internal/memory"

	"gorgonia.org/gorgonia"
)

// remembers are the tensors of the optimizer, and the state of the generator where the step draws.
func (s *Step) remembers(states gorgonia.Nodes) (vars []*graph.Var) {
	for _, n := range states {
		vars = append(vars, s.program.VarOf(n))
	}
	if g := s.program.Generator(); g != nil {
		vars = append(vars, g)
	}
	return vars
}

// RoomToSave is the model's RoomToSave, with what the step remembers.
func (s *Step) RoomToSave() error { return s.m.roomToSave(s.m.Net.Size() + s.remembered()) }

// remembered is how many numbers Memory has.
func (s *Step) remembered() (n int) {
	for _, v := range s.memory {
		n += v.Shape.Size()
	}
	return n
}

// Memory is a copy of what the steps to come depend on besides what the model has learned, their batches and their rates: what the
// optimizer remembers, such as velocities and moments, and where the generator is that Dropout draws from. Each has its name, its
// shape and its value as Init. It is an error where there is no room for the copy.
func (s *Step) Memory() (state []Param, err error) {
	err = s.do(func() error {
		if s.closed {
			return errStepClosed
		}
		if err := memory.Fits(8 * float64(s.remembered())); err != nil {
			return fmt.Errorf("a copy of what the optimizer remembers: %w: take a smaller net", err)
		}
		for _, v := range s.memory {
			x, err := v.Floats()
			if err != nil {
				return err
			}
			state = append(state, Param{Name: v.Name, Shape: v.Shape, Init: x})
		}
		return nil
	})
	return state, err
}

// SetMemory gives the step what the Memory of another one was, of the same optimizer on the same net. Nothing is changed unless all
// fits.
func (s *Step) SetMemory(state []Param) error {
	return s.do(func() error {
		if s.closed {
			return errStepClosed
		}
		for _, v := range s.memory {
			p := find(state, v.Name)
			if p == nil {
				return fmt.Errorf("there is no %s in the memory: it is of another optimizer", v.Name)
			}
			if err := v.Fits(p.Init); err != nil {
				return err
			}
		}
		for _, p := range state {
			if !slices.ContainsFunc(s.memory, func(v *graph.Var) bool { return v.Name == p.Name }) {
				return fmt.Errorf("the step remembers no %s: the memory is of another optimizer", p.Name)
			}
		}
		for _, v := range s.memory {
			if err := v.SetFloats(find(state, v.Name).Init); err != nil {
				return err
			}
		}
		return nil
	})
}

// find is the parameter of that name; nil if there is none.
func find(params []Param, name string) *Param {
	if i := slices.IndexFunc(params, func(p Param) bool { return p.Name == name }); i >= 0 {
		return &params[i]
	}
	return nil
}
