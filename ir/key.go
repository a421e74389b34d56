package ir

import (
	"encoding/binary"
	"math"
)

// key is equal for instructions that compute the same value. A constant equals another by its bits, so that NaN and -0 keep
// theirs. Every field of Instr is in it but Name and Host, which only instructions have that are never shared.
func (in *Instr) key() string {
	var k keyWriter
	k.int(int(in.Op), int(in.Act), in.Back, in.Groups, len(in.Args))
	for _, a := range in.Args {
		k.int(int(a))
	}
	k.ints(in.Shape)
	k.ints(in.Axes)
	k.ints(in.Window.ints())
	k.bools(in.TransA, in.TransB, in.Bias, in.Acc, in.Log)
	k.int(len(in.Data))
	for _, v := range in.Data {
		k = binary.LittleEndian.AppendUint64(k, math.Float64bits(v))
	}
	k.int(len(in.Views))
	for _, v := range in.Views {
		k.int(v.Offset)
		k.ints(v.Strides)
	}
	k.int(len(in.Body))
	for _, s := range in.Body {
		k.int(int(s.Op), s.A, s.B)
	}
	return string(k)
}

type keyWriter []byte

func (k *keyWriter) int(v ...int) {
	for _, n := range v {
		*k = binary.AppendVarint(*k, int64(n))
	}
}

// ints writes a list, which begins with its length: lists that follow each other cannot be mistaken for others.
func (k *keyWriter) ints(v []int) {
	k.int(len(v))
	k.int(v...)
}

func (k *keyWriter) bools(v ...bool) {
	for _, b := range v {
		if b {
			k.int(1)
		} else {
			k.int(0)
		}
	}
}
