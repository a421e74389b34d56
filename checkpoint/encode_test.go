package checkpoint

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/nlpodyssey/safetensors"
)

func TestEncodeByHand(t *testing.T) {
	got, err := Encode([]Tensor{
		{"W", []int{1, 2}, []float32{1, -2}},
		{"b", []int{1}, []float64{2}},
	}, map[string]string{"lr": "0.1", "epoch": "3"})
	if err != nil {
		t.Fatal(err)
	}
	header := `{"__metadata__":{"epoch":"3","lr":"0.1"},"b":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"W":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]}} `
	for len(header)%8 != 0 {
		header += " "
	}
	want := file(header, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0)
	if !bytes.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// Every bit comes back, NaN with its payload, infinities, the smallest numbers and -0 too.
func TestRoundTripOfBits(t *testing.T) {
	bits32 := []uint32{0, 1, 1 << 31, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001, 0xffffffff, 0x007fffff}
	bits64 := []uint64{0, 1, 1 << 63, 0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000, 0x7ff0000000000001, math.MaxUint64}
	f32, f64 := make([]float32, len(bits32)), make([]float64, len(bits64))
	for i, b := range bits32 {
		f32[i] = math.Float32frombits(b)
	}
	for i, b := range bits64 {
		f64[i] = math.Float64frombits(b)
	}
	b, err := Encode([]Tensor{{"d", []int{2, 4}, f64}, {"f", []int{3, 3}, f32}, {"none", []int{0, 5}, []float32{}}, {"one", nil, []float32{7}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ts, meta, err := Decode(b)
	if err != nil || meta != nil || len(ts) != 4 {
		t.Fatal(ts, meta, err)
	}
	for i, v := range ts[0].Data.([]float64) {
		if math.Float64bits(v) != bits64[i] {
			t.Errorf("float64 %x came back as %x", bits64[i], math.Float64bits(v))
		}
	}
	for i, v := range ts[1].Data.([]float32) {
		if math.Float32bits(v) != bits32[i] {
			t.Errorf("float32 %x came back as %x", bits32[i], math.Float32bits(v))
		}
	}
	if !reflect.DeepEqual(ts[2], Tensor{"none", []int{0, 5}, []float32{}}) || !reflect.DeepEqual(ts[3], Tensor{"one", []int{}, []float32{7}}) {
		t.Error(ts[2:])
	}
}

func TestEncodeErrors(t *testing.T) {
	for _, c := range []struct {
		ts   []Tensor
		meta map[string]string
		want string
	}{
		{[]Tensor{{"a", []int{1}, []int{1}}}, nil, `tensor "a": data of type []int; pass []float32, []float64 or []int64`},
		{[]Tensor{{"a", []int{1}, nil}}, nil, `tensor "a": data of type <nil>; pass []float32, []float64 or []int64`},
		{[]Tensor{{"a", []int{2}, []float32{1}}}, nil, `tensor "a": 1 elements for shape [2], which has 2; correct one of them`},
		{[]Tensor{{"a", []int{-1}, []float32{1}}}, nil, `tensor "a": shape [-1] is negative, too large or has more than 64 dimensions; correct it`},
		{[]Tensor{{"a", []int{math.MaxInt, 2}, []float32{1}}}, nil, fmt.Sprintf(`tensor "a": shape [%d 2] is negative, too large or has more than 64 dimensions; correct it`, math.MaxInt)},
		{[]Tensor{{"a", nil, []float32{1}}, {"a", nil, []float64{1}}}, nil, `tensor "a": two tensors have this name; rename one`},
		{[]Tensor{{"__metadata__", nil, []float32{1}}}, nil, `tensor "__metadata__": no name for a tensor; choose another in valid UTF-8`},
		{[]Tensor{{"\xff", nil, []float32{1}}}, nil, `tensor "\xff": no name for a tensor; choose another in valid UTF-8`},
		{nil, map[string]string{"k": "\xff"}, `metadata "k": not valid UTF-8; encode it as text`},
	} {
		if _, err := Encode(c.ts, c.meta); fmt.Sprint(err) != c.want {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
	}
}

// drawTensors makes up to 5 tensors of both types, as ours and as theirs.
func drawTensors(t *testing.T, r *rand.Rand) (ours []Tensor, theirs map[string]safetensors.TensorView) {
	t.Helper()
	theirs = map[string]safetensors.TensorView{}
	for i := range r.IntN(6) {
		shape := make([]int, 1+r.IntN(3)) // they take no tensor of rank 0
		n, wide := 1, make([]uint64, len(shape))
		for d := range shape {
			shape[d] = r.IntN(4)
			wide[d] = uint64(shape[d])
			n *= shape[d]
		}
		tensor := Tensor{Name: fmt.Sprintf("layer%d/\"W\" é <%d>", i, r.IntN(100)), Shape: shape}
		dtype := safetensors.F32
		if r.IntN(2) == 0 {
			data := make([]float32, n)
			for j := range data {
				data[j] = r.Float32()
			}
			tensor.Data = data
		} else {
			dtype = safetensors.F64
			data := make([]float64, n)
			for j := range data {
				data[j] = r.NormFloat64()
			}
			tensor.Data = data
		}
		raw, err := binary.Append(nil, binary.LittleEndian, tensor.Data)
		if err != nil {
			t.Fatal(err)
		}
		view, err := safetensors.NewTensorView(dtype, wide, raw)
		if err != nil {
			t.Fatal(err)
		}
		ours, theirs[tensor.Name] = append(ours, tensor), view
	}
	return ours, theirs
}

// The other implementation reads what we write and writes what we read.
func TestAgainstOtherImplementation(t *testing.T) {
	const seed = 11
	r := rand.New(rand.NewPCG(seed, 0))
	for round := range 50 {
		ours, theirs := drawTensors(t, r)
		meta := map[string]string{"round": fmt.Sprint(round), "note": "a\nb"}

		file, err := Encode(ours, meta)
		if err != nil {
			t.Fatalf("seed %d, round %d: %v", seed, round, err)
		}
		read, err := safetensors.Deserialize(file)
		if err != nil {
			t.Fatalf("seed %d, round %d: they cannot read ours: %v", seed, round, err)
		}
		if read.Len() != len(ours) {
			t.Errorf("seed %d, round %d: they read %d tensors of %d", seed, round, read.Len(), len(ours))
		}
		for name, want := range theirs {
			got, ok := read.Tensor(name)
			if !ok || got.DType() != want.DType() || fmt.Sprint(got.Shape()) != fmt.Sprint(want.Shape()) || !bytes.Equal(got.Data(), want.Data()) {
				t.Errorf("seed %d, round %d: they read %q otherwise", seed, round, name)
			}
		}

		file, err = safetensors.Serialize(theirs, meta)
		if err != nil {
			t.Fatal(err)
		}
		ts, gotMeta, err := Decode(file)
		if err != nil {
			t.Fatalf("seed %d, round %d: we cannot read theirs: %v", seed, round, err)
		}
		if !reflect.DeepEqual(gotMeta, meta) || len(ts) != len(ours) {
			t.Errorf("seed %d, round %d: metadata %v, %d tensors", seed, round, gotMeta, len(ts))
		}
		for _, want := range ours {
			found := false
			for _, got := range ts {
				found = found || reflect.DeepEqual(got, want)
			}
			if !found {
				t.Errorf("seed %d, round %d: %v did not come back among %v", seed, round, want, ts)
			}
		}
	}
}
