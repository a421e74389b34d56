package graph

import (
	"fmt"

	"github.com/stheno/stheno/ir"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// host lets an op without a native form run through its own Op.Do, on host tensors.
func (l *lowerer) host(n *gorgonia.Node) ir.ID {
	in := ir.Instr{Op: ir.Host, Name: n.Op().String(), Shape: shapeOf(n)}
	call := &hostCall{op: n.Op(), name: n.Name(), asTape: l.asTape}
	for _, c := range childrenOf(n) {
		call.operands = append(call.operands, l.operandOf(n, c, len(in.Args)))
		if id, ok := l.ids[c]; ok {
			in.Args = append(in.Args, id)
		}
	}
	if first := l.order.owner(n); first != nil { // it reads what the other leaves in their common op
		in.Args = append(in.Args, l.ids[first])
	}
	if !l.holds(n) {
		call.result = newBox(n)
		l.boxes[n], in.Shape = call.result, ir.Shape{}
	}
	in.Host = call.run
	l.calls[n] = call
	return l.Emit(in)
}

// hostCall is one op of Gorgonia's with what it reads.
type hostCall struct {
	op       gorgonia.Op
	name     string
	asTape   bool // where Gorgonia has a way of its own with mistakes, take that
	operands []operand
	result   *box         // nil where the program holds the result
	shape    tensor.Shape // of the last result, if it was a tensor
}

// operand is what an op reads: a box's value, or an argument of the instruction.
type operand struct {
	n      *gorgonia.Node
	box    *box
	at     int
	copied bool
}

func (c *hostCall) run(out any, in []any) error {
	args := make([]gorgonia.Value, len(c.operands))
	for i, o := range c.operands {
		arg, err := o.value(in)
		if err != nil {
			return fmt.Errorf("node %v: %w", c.name, err)
		}
		args[i] = arg
	}
	v, err := c.do(args)
	if t, ok := v.(tensor.Tensor); ok {
		c.shape = t.Shape().Clone()
	}
	if err == nil && c.result != nil {
		err = c.result.set(v)
	} else if err == nil {
		err = copyValue(out, v)
	}
	if err != nil {
		return fmt.Errorf("node %v: %w", c.name, err)
	}
	return nil
}

// readsOnly are the ops that leave their arguments as they are.
var readsOnly = map[string]bool{
	"elemUnaryOp": true, "concatOp": true,
	"byIndicesOp": true, "byIndicesOpDiffOp": true, "groupConvOp": true, // ours
}

// operandOf says how the op of n reads a child. It gets a copy, for it may be a user's own and must not be able to change what others
// read, unless it is known to read only, or the child is an Iop, which is there to be written to.
func (l *lowerer) operandOf(n, child *gorgonia.Node, at int) operand {
	shared := readsOnly[opType(n.Op())] || child.Op() != nil && opType(child.Op()) == "Iop"
	return operand{child, l.boxes[child], at, !shared}
}

func (o *operand) value(in []any) (gorgonia.Value, error) {
	v := gorgonia.Value(nil)
	if o.box == nil {
		v = wrap(in[o.at], o.n)
	} else if v = o.box.v; v == nil {
		return nil, fmt.Errorf("%s has no value", o.box.name)
	}
	if o.copied {
		return gorgonia.CloneValue(v)
	}
	return v, nil
}

// do runs the op, or our own code in its place.
func (c *hostCall) do(args []gorgonia.Value) (gorgonia.Value, error) {
	if own, ok := ourOwn[opType(c.op)]; ok {
		v, err := own(c, args)
		if err != nil {
			err = fmt.Errorf("%v: %w", c.op, err)
		}
		return v, err
	}
	return do(c.op, args)
}

// do runs an op of Gorgonia's. Its panics become errors.
func do(op gorgonia.Op, args []gorgonia.Value) (v gorgonia.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v failed: %v", op, r)
		}
	}()
	if v, err = op.Do(args...); err != nil {
		return nil, fmt.Errorf("%v failed: %w", op, err)
	}
	if v == nil {
		return nil, fmt.Errorf("%v gives no value", op)
	}
	return v, nil
}
