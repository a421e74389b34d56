package cpu

import "stheno/ir"

// hostKernel runs an op that the table does not know, through the function that it brought.
func hostKernel[T float](c *compiler[T], in *ir.Instr, out []T) kernel {
	args := make([]any, len(in.Args))
	for i, a := range in.Args {
		args[i] = c.mem[a]
	}
	x, boxed := c.exec, any(out)
	return func(_, _, _ int) {
		if err := in.Host(boxed, args); err != nil && x.err == nil {
			x.err = err
		}
	}
}
