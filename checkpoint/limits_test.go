package checkpoint

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
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
