package ir

import (
	"fmt"
	"math"
	"reflect"
	"testing"
)

// Instructions that differ in any field are told apart: each field that is set alone gives another key, and so do values that
// print alike.
func TestKeyTellsApart(t *testing.T) {
	keys := map[string]string{}
	add := func(what string, in Instr) {
		if other, ok := keys[in.key()]; ok {
			t.Errorf("%s has the key of %s", what, other)
		}
		keys[in.key()] = what
	}
	add("nothing", Instr{})
	samples := map[string]any{
		"Op": Exp, "Args": []ID{1}, "Shape": Shape{2}, "Data": []float64{1}, "TransA": true, "TransB": true, "Bias": true, "Act": Exp,
		"Acc": true, "Axes": []int{1}, "Log": true, "Views": []View{{Strides: []int{1}}}, "Body": []ScalarOp{{Op: Exp}}, "Back": 1,
		"Window": Window{Before: [2]int{0, 1}}, "Groups": 2,
	}
	of := reflect.TypeFor[Instr]()
	for i := range of.NumField() {
		name := of.Field(i).Name
		if name == "Name" || name == "Host" {
			continue
		}
		v, ok := samples[name]
		if !ok {
			t.Errorf("the field %s of Instr is not in this test", name)
			continue
		}
		var in Instr
		reflect.ValueOf(&in).Elem().Field(i).Set(reflect.ValueOf(v))
		add(name, in)
	}
	for i, v := range []float64{0, math.Copysign(0, -1), math.NaN(), math.Float64frombits(math.Float64bits(math.NaN()) ^ 1), 0.1, math.Nextafter(0.1, 1)} {
		add(fmt.Sprintf("constant %d", i), Instr{Op: Const, Data: []float64{v}})
	}
	add("shape 1,2 and axes 3", Instr{Op: Sum, Shape: Shape{1, 2}, Axes: []int{3}})
	add("shape 1 and axes 2,3", Instr{Op: Sum, Shape: Shape{1}, Axes: []int{2, 3}})
	add("offset 1", Instr{Op: ViewOp, Views: []View{{Offset: 1, Strides: []int{2}}}})
	add("strides 1,2", Instr{Op: ViewOp, Views: []View{{Strides: []int{1, 2}}}})
}
