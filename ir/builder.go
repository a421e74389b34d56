package ir

import "fmt"

// Builder appends instructions to a program and keeps the first error.
type Builder struct {
	P   Program
	err error
}

// NewBuilder starts an empty program.
func NewBuilder(name string, dt DType) *Builder {
	return &Builder{P: Program{Name: name, DType: dt}}
}

// Input adds a value that is set before the program runs. Names are unique within a program.
func (b *Builder) Input(name string, shape ...int) ID {
	return b.Emit(Instr{Op: Input, Name: name, Shape: shape})
}

// Const adds a constant: one value that fills the shape, or a value for each element.
func (b *Builder) Const(data []float64, shape ...int) ID {
	if s := Shape(shape); len(data) != 1 && len(data) != s.Size() {
		b.fail(fmt.Errorf("const: %d values for shape %v", len(data), s))
		return 0
	}
	return b.Emit(Instr{Op: Const, Data: data, Shape: shape})
}

// Scalar adds a constant of rank 0.
func (b *Builder) Scalar(v float64) ID { return b.Const([]float64{v}) }

// Op adds an instruction that has nothing but arguments.
func (b *Builder) Op(op Op, args ...ID) ID { return b.Emit(Instr{Op: op, Args: args}) }

// View adds a strided read of the value, of the given shape.
func (b *Builder) View(x ID, v View, shape ...int) ID {
	return b.Emit(Instr{Op: ViewOp, Args: []ID{x}, Views: []View{v}, Shape: shape})
}

// Reshape adds the same elements under another shape.
func (b *Builder) Reshape(x ID, shape ...int) ID {
	return b.Emit(Instr{Op: Reshape, Args: []ID{x}, Shape: shape})
}

// Emit adds any instruction; its shape is inferred where the op has a rule. After an error it adds nothing.
func (b *Builder) Emit(in Instr) ID {
	if b.err != nil {
		return 0
	}
	for _, a := range in.Args {
		if a < 0 || int(a) >= len(b.P.Instrs) {
			b.fail(fmt.Errorf("%s: argument %%%d is not defined yet", in.Op, a))
			return 0
		}
	}
	if in.Shape == nil {
		in.Shape = Shape{}
	}
	shape, err := b.P.Infer(&in)
	if err != nil {
		b.fail(err)
		return 0
	}
	in.Shape = shape
	b.P.Instrs = append(b.P.Instrs, in)
	return ID(len(b.P.Instrs) - 1)
}

// Shape is the shape of a value.
func (b *Builder) Shape(id ID) Shape {
	if b.err != nil {
		return nil
	}
	return b.P.Instrs[id].Shape
}

// Err is the first error so far.
func (b *Builder) Err() error { return b.err }

func (b *Builder) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// Done finishes the program with its outputs and updates.
func (b *Builder) Done(outputs []ID, updates ...Update) (*Program, error) {
	if b.err != nil {
		return nil, b.err
	}
	b.P.Outputs = outputs
	b.P.Updates = updates
	for _, u := range updates {
		into, val := b.P.At(u.Into), b.P.At(u.Value)
		if into.Op != Input || !into.Shape.Eq(val.Shape) {
			return nil, fmt.Errorf("update of %s %q (%v) with a value of shape %v", into.Op, into.Name, into.Shape, val.Shape)
		}
	}
	return &b.P, nil
}
