package checkpoint

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// file puts a safetensors file together by hand, as the format's page says.
func file(header string, data ...byte) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), data...)
}

func TestDecodeByHand(t *testing.T) {
	one32, two64 := []byte{0, 0, 0x80, 0x3f}, []byte{0, 0, 0, 0, 0, 0, 0, 0x40}
	for name, c := range map[string]struct {
		file []byte
		ts   []Tensor
		meta map[string]string
	}{
		"nothing":       {file("{}"), []Tensor{}, nil},
		"one number":    {file(`{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}`, one32...), []Tensor{{"a", []int{}, []float32{1}}}, nil},
		"float64":       {file(`{"a":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]}}`, two64...), []Tensor{{"a", []int{1, 1}, []float64{2}}}, nil},
		"no number":     {file(`{"a":{"dtype":"F32","shape":[3,0],"data_offsets":[0,0]}}`), []Tensor{{"a", []int{3, 0}, []float32{}}}, nil},
		"padding":       {file("{}      "), []Tensor{}, nil},
		"blanks inside": {file("{ \"__metadata__\" :\n{\"k\": \"v\"} }"), []Tensor{}, map[string]string{"k": "v"}},
		"header order is free": {
			file(`{"b":{"shape":[1],"data_offsets":[8,12],"dtype":"F32"},"__metadata__":{"lr":"0.1"},"a":{"data_offsets":[0,8],"dtype":"F64","shape":[1]}}`, append(two64, one32...)...),
			[]Tensor{{"a", []int{1}, []float64{2}}, {"b", []int{1}, []float32{1}}}, map[string]string{"lr": "0.1"},
		},
		"empty tensor between others": {
			file(`{"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"e":{"dtype":"F32","shape":[0],"data_offsets":[4,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, append(one32, one32...)...),
			[]Tensor{{"a", []int{1}, []float32{1}}, {"e", []int{0}, []float32{}}, {"b", []int{1}, []float32{1}}}, nil,
		},
		"no metadata":  {file(`{"__metadata__":null,"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, one32...), []Tensor{{"a", []int{1}, []float32{1}}}, nil},
		"escaped name": {file(`{"\u00e9\n":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`), []Tensor{{"é\n", []int{0}, []float32{}}}, nil},
	} {
		ts, meta, err := Decode(c.file)
		if err != nil || !reflect.DeepEqual(ts, c.ts) || !reflect.DeepEqual(meta, c.meta) {
			t.Errorf("%s: got %v %v %v, want %v %v", name, ts, meta, err, c.ts, c.meta)
		}
	}
}

// hostile are files that break the format, and what Decode says of them before the remedy.
var hostile = []struct {
	name string
	file []byte
	want string
}{
	{"empty", nil, "0 bytes, a safetensors file has at least 10"},
	{"short", []byte{2, 0, 0, 0, 0, 0, 0}, "7 bytes, a safetensors file has at least 10"},
	{"no header", file(""), "the header is no JSON object in UTF-8 (is this a safetensors file?)"},
	{"huge length", []byte{255, 255, 255, 255, 255, 255, 255, 255, '{', '}'}, "a header of 18446744073709551615 bytes, the format allows 100000000 (is this a safetensors file?)"},
	{"length beyond the file", []byte{3, 0, 0, 0, 0, 0, 0, 0, '{', '}'}, "a header of 3 bytes, the file has 2 after its length"},
	{"array", file("[]"), "the header is no JSON object in UTF-8 (is this a safetensors file?)"},
	{"blank first", file(" {}"), "the header is no JSON object in UTF-8 (is this a safetensors file?)"},
	{"not UTF-8", file("{\"\xff\":1}"), "the header is no JSON object in UTF-8 (is this a safetensors file?)"},
	{"cut JSON", file(`{"a":{"dtype":"F32"`), `tensor "a": EOF in the JSON of the header`},
	{"second object", file(`{}{}`), "the header goes on after its JSON object"},
	{"newline behind", file("{}\n"), "the header goes on after its JSON object"},
	{"deep", file(`{"a":` + strings.Repeat("[", 1<<20)), `tensor "a": "[" where an object should start`},
	{"deep field", file(`{"a":{"shape":` + strings.Repeat("[", 1<<20)), `tensor "a", shape: "[" is no size`},
	{"deep metadata", file(`{"__metadata__":{"k":` + strings.Repeat(`{"k":`, 1<<18)), `metadata "k": "{" where a text should be`},
	{"metadata a number", file(`{"__metadata__":{"k":1}}`), `metadata "k": "1" where a text should be`},
	{"metadata a text", file(`{"__metadata__":"null"}`), `metadata: "null" where an object should start`},
	{"value null", file(`{"__metadata__":{"k":null}}`), `metadata "k": "null" where a text should be`},
	{"metadata twice", file(`{"__metadata__":{},"__metadata__":{}}`), `header: "__metadata__" comes twice`},
	{"metadata key twice", file(`{"__metadata__":{"k":"1","k":"2"}}`), `metadata: "k" comes twice`},
	{"name twice", file(`{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`), `header: "a" comes twice`},
	{"name twice, once escaped", file(`{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\u0061":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`), `header: "a" comes twice`},
	{"field twice", file(`{"a":{"dtype":"F32","dtype":"F64","shape":[0],"data_offsets":[0,0]}}`), `tensor "a": "dtype" comes twice`},
	{"field missing", file(`{"a":{"dtype":"F32","shape":[0]}}`), `tensor "a": 2 of the fields dtype, shape and data_offsets`},
	{"field unknown", file(`{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0],"x":1}}`), `tensor "a": a field "x", which the format does not know`},
	{"dtype a number", file(`{"a":{"dtype":32,"shape":[0],"data_offsets":[0,0]}}`), `tensor "a": "32" where a text should be`},
	{"shape a text", file(`{"a":{"dtype":"F32","shape":"2\n","data_offsets":[0,0]}}`), `tensor "a", shape: "2\n" where an array should start`},
	{"negative", file(`{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`), `tensor "a", shape: "-1" is no size`},
	{"fraction", file(`{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}`), `tensor "a", shape: "1.0" is no size`},
	{"too large", file(`{"a":{"dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,4]}}`), `tensor "a", shape: "18446744073709551616" is no size`},
	{"overflowing shape", file(`{"a":{"dtype":"F32","shape":[1073741824,1073741824,1073741824],"data_offsets":[0,4]}}`, 1, 2, 3, 4), `tensor "a": 4 bytes do not make F32 of shape [1073741824 1073741824 1073741824]`},
	{"wrapping to the right size", file(`{"a":{"dtype":"F32","shape":[65536,65536,65536,65536],"data_offsets":[0,0]}}`), `tensor "a": 0 bytes do not make F32 of shape [65536 65536 65536 65536]`},
	{"many dimensions", file(`{"a":{"dtype":"F32","shape":[1` + strings.Repeat(",1", 64) + `],"data_offsets":[0,4]}}`), `tensor "a", shape: more than 64 numbers`},
	{"one offset", file(`{"a":{"dtype":"F32","shape":[0],"data_offsets":[0]}}`), `tensor "a": 1 data_offsets instead of 2`},
	{"three offsets", file(`{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0,0]}}`), `tensor "a", data_offsets: more than 2 numbers`},
	{"backwards", file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}`, 1, 2, 3, 4), `tensor "a": ends at byte 0 before it starts at 4`},
	{"beyond the file", file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 1, 2, 3, 4), `tensor "a": bytes 0 to 8, the file has 4`},
	{"overlap", file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 1, 2, 3, 4, 5, 6, 7, 8), `tensor "b": starts at byte 4, where another one still lies`},
	{"same bytes twice", file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 1, 2, 3, 4), `tensor "b": starts at byte 0, where another one still lies`},
	{"hole", file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 1, 2, 3, 4, 5, 6, 7, 8), `tensor "a": bytes 0 to 4 before it belong to no tensor`},
	{"tail", file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 1, 2, 3, 4, 5), "the last 1 bytes belong to no tensor"},
	{"type and bytes differ", file(`{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,4]}}`, 1, 2, 3, 4), `tensor "a": 4 bytes do not make F64 of shape [1]`},
	{"shape and bytes differ", file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, 1, 2, 3, 4), `tensor "a": 4 bytes do not make F32 of shape [2]`},
	{"no colon", file(`{"a","b":1}`), `header: "," where a colon should be`},
	{"no comma", file(`{"__metadata__":{} "a":{}}`), `header: "a" where a comma should be`},
	{"comma at the end", file(`{"__metadata__":{},}`), `header: "}" where a text should be`},
	{"comma in a shape", file(`{"a":{"shape":[1,]}}`), `tensor "a", shape: "]" is no size`},
	{"zero first", file(`{"a":{"shape":[01]}}`), `tensor "a", shape: "01" is no size`},
	{"number as a text", file(`{"a":{"shape":["1"]}}`), `tensor "a", shape: "1" is no size`},
	{"no token", file(`{'a':1}`), `header: invalid character '\'' in the JSON of the header`},
	{"newline in a name", file("{\"a\n\":1}"), `header: invalid character '\n' in a text in the JSON of the header`},
	{"false escape", file(`{"a\q":1}`), `header: an escape that is none in the JSON of the header`},
	{"cut text", file(`{"a\"`), `header: unexpected EOF in the JSON of the header`},
	{"half a number", file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,5]}}`, 1, 2, 3, 4, 5), `tensor "a": 5 bytes do not make F32 of shape [1]`},
}

func TestDecodeHostile(t *testing.T) {
	for _, c := range hostile {
		_, _, err := Decode(c.file)
		if want := c.want + ": the file is damaged; take another copy"; fmt.Sprint(err) != want {
			t.Errorf("%s:\ngot  %v\nwant %s", c.name, err, want)
		}
	}
}

func TestDecodeOtherTypes(t *testing.T) {
	_, _, err := Decode(file(`{"a":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]}}`, 1, 2))
	if want := `tensor "a": elements of type "F8_E4M3", only F32, F64, F16, BF16 and I64 are read; convert the file`; fmt.Sprint(err) != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// Reading sets aside a small multiple of the file: a header entry of 50 bytes costs a few hundred.
func FuzzDecode(f *testing.F) {
	for _, c := range hostile {
		if len(c.file) < 1<<12 {
			f.Add(c.file)
		}
	}
	good, err := Encode([]Tensor{{"a", []int{2, 1}, []float32{1, 2}}, {"b", []int{}, []float64{3}}}, map[string]string{"k": "v"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, b []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		ts, meta, err := Decode(b)
		runtime.ReadMemStats(&after)
		if spent := after.TotalAlloc - before.TotalAlloc; spent > uint64(1<<20+64*len(b)) {
			t.Errorf("%d bytes set aside for a file of %d", spent, len(b))
		}
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("not one line: %v", err)
			}
			return
		}
		if header, _, err := split(b); err != nil || !json.Valid(header) {
			t.Errorf("%v: the header of % x is no JSON", err, b)
		}
		// What was read can be written, and reads as the same bytes again.
		first, err := Encode(ts, meta)
		if err != nil {
			t.Fatal(err)
		}
		ts, meta, err = Decode(first)
		if err != nil {
			t.Fatal(err)
		}
		if second, err := Encode(ts, meta); err != nil || string(second) != string(first) {
			t.Errorf("not stable: %v\n%q\n%q", err, first, second)
		}
	})
}
