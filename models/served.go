package models

import "fmt"

// served are the programs of a model, by the size of a batch: 1, 2, 4 and so on.
type served struct {
	m        *Model
	programs []*Executable
	x        []floats // their inputs
	far      bool     // these are not the engine's memory itself
}

// serve compiles a model's programs for batches of up to so many samples, and runs each once.
func serve(m *Model, most int) (*served, error) {
	if most > mostElements {
		return nil, fmt.Errorf("batches of %d samples are too large", most)
	}
	s := &served{m: m}
	for size := 1; ; size *= 2 {
		p, err := m.Program("predict", size)
		if err != nil {
			return nil, err
		}
		host := p.X.Host()
		if s.far = host == nil; s.far {
			host = p.X.Stage()
		}
		s.programs, s.x = append(s.programs, p), append(s.x, floatsOf(host))
		if err := s.compute(len(s.programs) - 1); err != nil {
			return nil, err
		}
		if size >= most {
			return s, nil
		}
	}
}

func (s *served) largest() int { return 1 << (len(s.programs) - 1) }

// sized is the program for n samples.
func (s *served) sized(n int) (which int) {
	for 1<<which < n {
		which++
	}
	return which
}

// run computes samples that are no more than the largest batch.
func (s *served) run(y, x floats, n int) error {
	which := s.sized(n)
	s.x[which].set(0, x, 0, x.len())
	if err := s.compute(which); err != nil {
		return err
	}
	out, err := s.output(which)
	if err != nil {
		return err
	}
	y.set(0, out, 0, y.len())
	return nil
}

// compute runs a program on what its input holds.
func (s *served) compute(which int) error {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if s.m.closed {
		return ErrClosed
	}
	p := s.programs[which]
	if s.far {
		if err := p.X.Write(s.x[which].data()); err != nil {
			return err
		}
	}
	return p.Run()
}

// output is what a program has computed, until it runs again.
func (s *served) output(which int) (floats, error) {
	host, err := s.programs[which].OutputHost(0)
	if err != nil {
		return floats{}, err
	}
	return floatsOf(host), nil
}
