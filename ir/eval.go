package ir

import "fmt"

// Eval runs the program with the reference kernels, in float64: the meaning that every pass must keep and every
// engine must reach. Inputs are given by name. It returns the outputs and the new values of the updated inputs, by
// name; the given slices are not written to.
func (p *Program) Eval(inputs map[string][]float64) (outputs [][]float64, updated map[string][]float64, err error) {
	vals := make([][]float64, len(p.Instrs))
	for i := range p.Instrs {
		in := &p.Instrs[i]
		switch in.Op {
		case Input:
			v, ok := inputs[in.Name]
			if !ok || len(v) != in.Shape.Size() {
				return nil, nil, fmt.Errorf("input %q: %d values for shape %v", in.Name, len(v), in.Shape)
			}
			vals[i] = v
		case Const:
			vals[i] = in.Fill()
		default:
			c := p.call(in)
			c.args = make([][]float64, len(in.Args))
			for j, a := range in.Args {
				c.args[j] = vals[a]
			}
			vals[i] = make([]float64, in.Shape.Size())
			if in.Op == Host {
				if err := evalHost(c, vals[i]); err != nil {
					return nil, nil, err
				}
				continue
			}
			table[in.Op].eval(c, vals[i])
		}
	}
	for _, o := range p.Outputs {
		outputs = append(outputs, vals[o])
	}
	updated = map[string][]float64{}
	for _, u := range p.Updates {
		updated[p.At(u.Into).Name] = vals[u.Value]
	}
	return outputs, updated, nil
}

func evalHost(c *call, out []float64) error {
	args := make([]any, len(c.args))
	for i, a := range c.args {
		args[i] = a
	}
	return c.Host(out, args)
}

// Fill is a constant's value, one number for each element.
func (in *Instr) Fill() []float64 {
	if len(in.Data) == in.Shape.Size() {
		return in.Data
	}
	v := make([]float64, in.Shape.Size())
	for i := range v {
		v[i] = in.Data[0]
	}
	return v
}
