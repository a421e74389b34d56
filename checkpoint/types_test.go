package checkpoint

import (
	"math"
	"reflect"
	"testing"
)

// TestHalf: each of the 65,536 numbers of binary16 is what the standard's formula says.
func TestHalf(t *testing.T) {
	for b := range 1 << 16 {
		exponent, fraction := b>>10&31, float64(b&1023)
		want := math.Ldexp(1+fraction/1024, exponent-15)
		switch {
		case exponent == 0:
			want = math.Ldexp(fraction/1024, -14)
		case exponent == 31 && fraction == 0:
			want = math.Inf(1)
		case exponent == 31:
			want = math.NaN()
		}
		got := float64(half(uint16(b)))
		if b>>15 == 1 {
			want = -want
		}
		if got != want && !(math.IsNaN(got) && math.IsNaN(want)) || !math.IsNaN(want) && math.Signbit(got) != math.Signbit(want) {
			t.Errorf("%04x is %v, want %v", b, got, want)
		}
	}
}

// TestReadTypes: numbers of half the size are read as float32, integers as they are, and these are written again.
func TestReadTypes(t *testing.T) {
	content := file(`{"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"BF16","shape":[1,2],"data_offsets":[4,8]},"i":{"dtype":"I64","shape":[],"data_offsets":[8,16]}}`,
		0x00, 0x3c, 0x01, 0x80, 0x80, 0x3f, 0x20, 0xc1, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
	ts, _, err := Decode(content)
	want := []Tensor{{"h", []int{2}, []float32{1, -1. / (1 << 24)}}, {"b", []int{1, 2}, []float32{1, -10}}, {"i", []int{}, []int64{-2}}}
	if err != nil || !reflect.DeepEqual(ts, want) {
		t.Fatalf("%v, %v; want %v", ts, err, want)
	}
	again, err := Encode(ts, nil)
	if err != nil {
		t.Fatal(err)
	}
	if ts, _, err = Decode(again); err != nil || !reflect.DeepEqual(ts, []Tensor{want[2], want[0], want[1]}) {
		t.Errorf("%v, %v", ts, err)
	}
}
