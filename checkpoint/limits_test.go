package checkpoint

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
)

// allocated is how many bytes f sets aside.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// members is a JSON object of n members: a number as the name, and a value.
func members(n int, value string) string {
	var b bytes.Buffer
	b.Grow(n * (len(value) + 12))
	for i := range n {
		fmt.Fprintf(&b, `,"%d":%s`, i, value)
	}
	return "{" + b.String()[1:] + "}"
}

// TestHeaderMemory: whatever is in a header, reading it sets aside less than 64 MB, all told.
func TestHeaderMemory(t *testing.T) {
	const (
		entry = `{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`
		most  = 15_900_000
	)
	deep := strings.Replace(entry, "0]", "0"+strings.Repeat(",0", maxRank-1)+"]", 1)
	for _, c := range []struct {
		name, header string
		want         string // of the error; empty: it is read
	}{
		{"1.2 million tensors", members(1_200_000, entry), "a header of 69688891 bytes, at most 16000000 are read"},
		{"too many tensors", members(maxNames+1, entry), "header: more than 50000 tensors"},
		{"many tensors", members(maxNames, entry), ""},
		{"many dimensions", members(maxNames, deep), ""},
		{"a long name", `{"` + strings.Repeat("a", most) + `":` + entry + "}", ""},
		{"a long name of escapes", `{"` + strings.Repeat(`\n`, most/2) + `":` + entry + "}", ""},
		{"too many lines of metadata", `{"__metadata__":` + members(1_200_000, `""`) + "}", "metadata: more than 50000 lines"},
		{"many lines of metadata", `{"__metadata__":` + members(maxNames, `"`+strings.Repeat("a", 300)+`"`) + "}", ""},
		{"both at once", `{"__metadata__":` + members(maxNames, `"`+strings.Repeat("a", 120)+`"`) + "," + members(maxNames, deep)[1:], ""},
		{"a shape without an end", `{"a":{"shape":[` + strings.Repeat("1,", most/2), `tensor "a", shape: more than 64 numbers`},
		{"a long number", `{"a":{"shape":[` + strings.Repeat("1", most), `" is no size`},
		{"a long text that is none", `{"a":{"shape":"` + strings.Repeat("a", most) + `"}}`, `" where an array should start`},
	} {
		f := file(c.header)
		var err error
		spent := allocated(func() { _, _, err = Decode(f) })
		if c.want == "" && err != nil || c.want != "" && !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
		if spent > 64_000_000 {
			t.Errorf("%s: %d bytes set aside for a file of %d", c.name, spent, len(f))
		}
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, f, 0o600); err != nil {
			t.Fatal(err)
		}
		if spent := allocated(func() { _, _, _ = Load(path) }); spent > uint64(64_000_000+len(f)) {
			t.Errorf("%s: %d bytes set aside to load a file of %d", c.name, spent, len(f))
		}
	}
}

// TestLoadLongHeader: a file whose header is too long is refused before it is read.
func TestLoadLongHeader(t *testing.T) {
	const size = 82_000_000
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, append(binary.LittleEndian.AppendUint64(nil, size), '{'), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, size+8); err != nil {
		t.Fatal(err)
	}
	var err error
	spent := allocated(func() { _, _, err = Load(path) })
	want := path + ": a header of 82000000 bytes, at most 16000000 are read: split the file, or shorten its metadata"
	if fmt.Sprint(err) != want || spent > 1<<20 {
		t.Errorf("%d bytes set aside\ngot  %v\nwant %s", spent, err, want)
	}
}

// TestLoadHuge: what has no end, and what no machine has memory for, is an error before it is read.
func TestLoadHuge(t *testing.T) {
	if runtime.GOOS != "linux" || strconv.IntSize == 32 {
		t.Skip("this system does not tell how much memory is left, or has no such sizes")
	}
	const size int64 = 1 << 43
	zeros, large := filepath.Join(t.TempDir(), "zeros"), filepath.Join(t.TempDir(), "large")
	head := file(fmt.Sprintf(`{"a":{"dtype":"F32","shape":[%d],"data_offsets":[0,%d]}}`, size/4, size))
	for path, content := range map[string][]byte{zeros: nil, large: head} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, int64(len(head))+size); err != nil {
			t.Skip("no file of 8 TB with nothing in it here:", err)
		}
	}
	for path, want := range map[string]string{
		"/dev/zero": "the header is no JSON object in UTF-8 (is this a safetensors file?)",
		zeros:       "the header is no JSON object in UTF-8 (is this a safetensors file?)",
		large:       "the tensors have 8796093022208 bytes: 8796.09 GB of memory are needed, and ",
	} {
		var err error
		spent := allocated(func() { _, _, err = Load(path) })
		if s := fmt.Sprint(err); !strings.HasPrefix(s, path+": "+want) || strings.Contains(s, "\n") || spent > 1<<20 {
			t.Errorf("%d bytes set aside, error %v, want %q", spent, err, want)
		}
	}
}

// TestUnknownSize: what says only at its end how long it is, such as a pipe, is read to the same tensors, and what is too short or too
// long is an error; a header that promises much takes no memory.
func TestUnknownSize(t *testing.T) {
	want := make([]float32, 3*chunk+5)
	for i := range want {
		want[i] = float32(i)
	}
	content, err := Encode([]Tensor{{"a", []int{len(want)}, want}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	header, data, err := split(content)
	if err != nil {
		t.Fatal(err)
	}
	read := func(data []byte) ([]Tensor, error) {
		ts, _, err := decode(header, iotest.HalfReader(bytes.NewReader(data)), unknown)
		return ts, err
	}
	if ts, err := read(data); err != nil || !slices.Equal(ts[0].Data.([]float32), want) {
		t.Errorf("error %v, or other numbers", err)
	}
	for n, want := range map[int]string{0: `tensor "a": the file ends in it`, len(data) - 1: `tensor "a": the file ends in it`, len(data) + 1: "what follows the last tensor belongs to none"} {
		if _, err := read(append(data[:len(data):len(data)], 0)[:n]); fmt.Sprint(err) != want+": the file is damaged; take another copy" {
			t.Errorf("%d bytes: error %v, want %q", n, err, want)
		}
	}
	spent := allocated(func() {
		_, _, err = decode([]byte(`{"a":{"dtype":"F32","shape":[50000000],"data_offsets":[0,200000000]}}`), bytes.NewReader(data), unknown)
	})
	if err == nil || spent > 1<<20 {
		t.Errorf("%d bytes set aside where 200 MB are promised; error %v", spent, err)
	}
}

// TestLimitsOfWriting: what would not be read again is not written.
func TestLimitsOfWriting(t *testing.T) {
	many := make([]Tensor, maxNames+1)
	for i := range many {
		many[i] = Tensor{fmt.Sprint(i), []int{0}, []float32{}}
	}
	meta := map[string]string{"k": "v"}
	_, err := Encode(many, meta)
	if want := "50001 tensors and 1 lines of metadata, at most 50000 of each are read; write several files"; fmt.Sprint(err) != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	content, err := Encode(many[1:], meta)
	if err != nil {
		t.Fatal(err)
	}
	if ts, _, err := Decode(content); err != nil || len(ts) != maxNames {
		t.Errorf("%d tensors, %v", len(ts), err)
	}
	_, err = Encode(nil, map[string]string{"k": strings.Repeat("a", maxHeader)})
	if want := "the header has 16000032 bytes, at most 16000000 are read; shorten the metadata"; fmt.Sprint(err) != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
