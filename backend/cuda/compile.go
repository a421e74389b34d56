package cuda

import (
	"fmt"
	"unsafe"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/cuda/emit"
	"github.com/stheno/stheno/backend/cuda/internal/driver"
	"github.com/stheno/stheno/backend/cuda/kernels"
	"github.com/stheno/stheno/ir"
)

// compiler turns launches into recorded graphs.
type compiler struct {
	e    *Engine
	unit *backend.Unit
	p    *ir.Program
	exec *exec
}

// compile gives a program that can run.
func compile(e *Engine, u *backend.Unit, p *emit.Code, bind map[string]backend.Buffer) (*exec, error) {
	return build(e, u, p, bind, func(c *compiler) error {
		if err := c.prepare(p.Launches); err != nil {
			return err
		}
		return c.record()
	})
}

// build gives a program memory and its own kernels; finish does the rest.
func build(e *Engine, u *backend.Unit, p *emit.Code, bind map[string]backend.Buffer, finish func(c *compiler) error) (*exec, error) {
	c := &compiler{e: e, unit: u, p: u.Program, exec: &exec{e: e, unit: u}}
	e.execs[c.exec] = true
	err := c.layout(p.Scratch, bind)
	if err == nil {
		c.exec.own, err = c.e.loadOwn(c.p.DType, p)
	}
	if err == nil {
		err = finish(c)
	}
	if err != nil {
		_ = c.exec.release() // the first error is the one to report
		return nil, fmt.Errorf("program %s: %w", u.Program.Name, err)
	}
	for _, o := range c.p.Outputs {
		c.exec.outputs = append(c.exec.outputs, &buffer{e: e, dt: c.p.DType, n: c.p.At(o).Shape.Size(), at: c.exec.at[o]})
	}
	return c.exec, nil
}

// layout gives every value its memory: inputs are bound; the arena, the scratch memory and the constants lie in one piece.
func (c *compiler) layout(scratch int, bind map[string]backend.Buffer) error {
	size, bytes := c.unit.Plan.Arena+round(scratch), c.p.DType.Bytes()
	for i := range c.p.Instrs {
		if in := c.p.At(ir.ID(i)); in.Op == ir.Const {
			size += round(in.Shape.Size())
		}
	}
	base, err := c.e.alloc(size * bytes)
	if err != nil {
		return err
	}
	c.exec.memory = base
	element := func(i int) driver.Memory { return base + driver.Memory(i*bytes) }
	c.exec.scratch = element(c.unit.Plan.Arena)
	next := c.unit.Plan.Arena + round(scratch)
	at := make([]driver.Memory, len(c.p.Instrs))
	c.exec.at = at
	for i := range c.p.Instrs {
		in, alias := c.p.At(ir.ID(i)), c.unit.Plan.Alias[i]
		switch {
		case in.Op == ir.Input:
			b, ok := bind[in.Name].(*buffer)
			if !ok || b.e != c.e || b.n != in.Shape.Size() || b.dt != c.p.DType {
				return fmt.Errorf("input %q of shape %v has no buffer of %d x %s", in.Name, in.Shape, in.Shape.Size(), c.p.DType)
			}
			at[i] = b.at
		case in.Op == ir.Const:
			at[i] = element(next)
			next += round(in.Shape.Size())
			if err := c.upload(at[i], in.Fill()); err != nil {
				return err
			}
		case alias != ir.ID(i):
			at[i] = at[alias]
		default:
			at[i] = element(c.unit.Plan.Offset[i])
		}
	}
	return nil
}

// round keeps values on their own lines of memory.
func round(n int) int { return (n + 31) &^ 31 }

func (c *compiler) upload(at driver.Memory, v []float64) error {
	if len(v) == 0 {
		return nil
	}
	p := unsafe.Pointer(unsafe.SliceData(v))
	if c.p.DType == ir.Float32 {
		s := make([]float32, len(v))
		for i, x := range v {
			s[i] = float32(x)
		}
		p = unsafe.Pointer(unsafe.SliceData(s))
	}
	return explain("copy constants to the GPU", c.e.driver.Upload(at, p, len(v)*c.p.DType.Bytes(), c.e.stream))
}

// loadOwn has the driver compile the kernels that only this program has; 0 where there are none.
func (e *Engine) loadOwn(dt ir.DType, p *emit.Code) (driver.Module, error) {
	if p.Source == "" {
		return 0, nil
	}
	library, err := kernels.Source("functions_" + emit.Suffix(dt))
	if err != nil {
		return 0, err
	}
	return e.load("compile the program's kernels", emit.Link(library, p.Source, p.Calls))
}

// prepare finds the kernels, or cuBLAS, and their arguments.
func (c *compiler) prepare(steps []emit.Launch) error {
	for _, s := range steps {
		id := s.IDs[len(s.IDs)-1]
		if s.Product != nil {
			p, err := c.product(&s)
			if err != nil {
				return err
			}
			c.exec.steps = append(c.exec.steps, step{id: id, gpu: p})
			continue
		}
		if s.Kernel == "" {
			c.exec.steps = append(c.exec.steps, step{id: id, host: c.host(id)})
			continue
		}
		f, err := c.function(&s)
		if err != nil {
			return err
		}
		l := &launch{f: f, grid: s.Grid, threads: emit.Threads, what: s.Describe(c.p)}
		for _, a := range s.Args {
			l.args = append(l.args, c.exec.arg(a))
		}
		c.exec.steps = append(c.exec.steps, step{id: id, gpu: l})
	}
	for _, cp := range c.unit.Plan.Copies {
		n := c.p.At(cp.Into).Shape.Size() * c.p.DType.Bytes()
		if n > 0 {
			c.exec.copies = append(c.exec.copies, transfer{c.exec.at[cp.Into], c.exec.at[cp.Value], n})
		}
	}
	return nil
}

func (c *compiler) function(s *emit.Launch) (driver.Function, error) {
	if s.Module == emit.Own {
		return c.e.find(c.exec.own, s.Kernel)
	}
	return c.e.function(s.Module+"_"+emit.Suffix(c.p.DType), s.Kernel)
}

// arg is an argument as 8 bytes, which is what the driver takes of each.
func (x *exec) arg(a emit.Arg) uint64 {
	switch a.Kind {
	case emit.Pointer:
		return uint64(x.at[a.Value])
	case emit.Scratch:
		return uint64(x.scratch) + uint64(a.Int*x.unit.Program.DType.Bytes())
	case emit.Int:
		return uint64(uint32(a.Int))
	}
	return 0
}

// host is the function of an instruction with copies of its arguments on the host.
func (c *compiler) host(id ir.ID) *hostCall {
	in := c.p.At(id)
	h := &hostCall{f: in.Host, out: c.slice(id)}
	for _, a := range in.Args {
		h.in = append(h.in, c.slice(a))
		h.args = append(h.args, h.in[len(h.in)-1].data)
	}
	return h
}

func (c *compiler) slice(id ir.ID) mirror {
	n := c.p.At(id).Shape.Size()
	m := mirror{at: c.exec.at[id], bytes: n * c.p.DType.Bytes()}
	if c.p.DType == ir.Float32 {
		s := make([]float32, n)
		m.data, m.p = s, unsafe.Pointer(unsafe.SliceData(s))
	} else {
		s := make([]float64, n)
		m.data, m.p = s, unsafe.Pointer(unsafe.SliceData(s))
	}
	return m
}

// record makes a graph of each run of launches between host functions.
func (c *compiler) record() error {
	x := c.exec
	for from := 0; from <= len(x.steps); {
		to := from
		for to < len(x.steps) && x.steps[to].host == nil {
			to++
		}
		last := to == len(x.steps)
		if to > from || last && len(x.copies) > 0 {
			g, err := c.e.capture(func() error {
				if err := launches(x.steps[from:to], c.e); err != nil || !last {
					return err
				}
				return x.copy()
			})
			if err != nil {
				return err
			}
			x.parts = append(x.parts, part{graph: g})
		}
		if !last {
			x.parts = append(x.parts, part{host: x.steps[to].host})
		}
		from = to + 1
	}
	return nil
}

// capture records what f puts into the stream, as a graph. Nothing of it runs.
func (e *Engine) capture(f func() error) (driver.Graph, error) {
	if err := e.driver.BeginCapture(e.stream); err != nil {
		return 0, explain("record the launches", err)
	}
	err := f()
	g, end := e.driver.EndCapture(e.stream) // also where f has failed: the stream must do its work again
	if err == nil && end == nil {
		return g, nil
	}
	if end == nil {
		_ = e.driver.DestroyGraph(g) // the first error is the one to report
	}
	if err == nil {
		err = end
	}
	return 0, explained("record the launches", err)
}
