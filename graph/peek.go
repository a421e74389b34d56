package graph

import (
	"reflect"
	"unsafe"

	"gorgonia.org/gorgonia"
)

// This file is all that reads what Gorgonia keeps in unexported fields. Tests hold the names to the pinned version.

var (
	childrenAt = offset("children", reflect.TypeFor[gorgonia.Nodes]())
	boundToAt  = offset("boundTo", reflect.TypeFor[gorgonia.Value]())
)

// offset finds a field of gorgonia.Node. It panics where there is none: this package is then built with a version of
// Gorgonia that it does not know.
func offset(name string, t reflect.Type) uintptr {
	f, ok := reflect.TypeFor[gorgonia.Node]().FieldByName(name)
	if !ok || f.Type != t {
		panic("graph: gorgonia.Node has no field " + name + " of type " + t.String() + ": use the version of Gorgonia that Stheno requires")
	}
	return f.Offset
}

// childrenOf lists what a node's op reads, in order: the list that the TapeMachine goes by. ExprGraph.From is wrong once
// a node has been removed from the graph. The list is Gorgonia's own, not to be written to.
func childrenOf(n *gorgonia.Node) gorgonia.Nodes {
	return *(*gorgonia.Nodes)(unsafe.Add(unsafe.Pointer(n), childrenAt))
}

// boundTo is what a node holds: a value, or one that has its derivative with it, which Node.Value hides.
func boundTo(n *gorgonia.Node) gorgonia.Value {
	return *(*gorgonia.Value)(unsafe.Add(unsafe.Pointer(n), boundToAt))
}

// setValue binds a value to a node as the TapeMachine does, which does not ask whether the node's shape is the value's.
func setValue(n *gorgonia.Node, v gorgonia.Value) {
	at := (*gorgonia.Value)(unsafe.Add(unsafe.Pointer(n), boundToAt))
	if dv, ok := (*at).(dualValue); ok {
		dv.SetValue(v)
		return
	}
	*at = v
}

// fields gives access to the unexported fields of an op. A field that is not there, or of another kind, is zero and noted.
type fields struct {
	v       reflect.Value
	missing bool
}

func fieldsOf(op gorgonia.Op) *fields { return &fields{v: reflect.Indirect(reflect.ValueOf(op))} }

func (f *fields) get(name string, kind reflect.Kind) reflect.Value {
	if v := f.v.FieldByName(name); v.IsValid() && v.Kind() == kind {
		return v
	}
	f.missing = true
	return reflect.Value{}
}

func (f *fields) int(name string) int {
	if v := f.get(name, reflect.Int); v.IsValid() {
		return int(v.Int())
	}
	return 0
}

func (f *fields) float(name string) float64 {
	if v := f.get(name, reflect.Float64); v.IsValid() {
		return v.Float()
	}
	return 0
}

func (f *fields) bool(name string) bool {
	v := f.get(name, reflect.Bool)
	return v.IsValid() && v.Bool()
}

// floats are the numbers of a slice.
func (f *fields) floats(name string) []float64 {
	v := f.get(name, reflect.Slice)
	if !v.IsValid() {
		return nil
	}
	out := make([]float64, v.Len())
	for i := range out {
		switch x := v.Index(i); {
		case x.CanFloat():
			out[i] = x.Float()
		case x.CanInt():
			out[i] = float64(x.Int())
		default:
			f.missing = true
		}
	}
	return out
}

// pointer is the address that a field of a pointer type holds.
func (f *fields) pointer(name string) unsafe.Pointer {
	if v := f.get(name, reflect.Pointer); v.IsValid() {
		return v.UnsafePointer()
	}
	return nil
}

// addressOf is an op's identity, where it is a pointer.
func addressOf(op gorgonia.Op) unsafe.Pointer {
	if v := reflect.ValueOf(op); v.Kind() == reflect.Pointer {
		return v.UnsafePointer()
	}
	return nil
}
