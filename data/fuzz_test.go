package data

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// most bounds what is unpacked: some bytes can stand for a thousand times as many.
const most = 1 << 16

// FuzzGzip: what the library unpacks, we unpack to the same, also with zeros behind it.
func FuzzGzip(f *testing.F) {
	one := gzipped(f, count(24))
	for _, seed := range [][]byte{nil, {0}, one, one[:len(one)-1], one[:len(one)-3], append(one[:len(one):len(one)], one...), append(one[:len(one):len(one)], 0, 0), append(one[:len(one):len(one)], 0, 1)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		want, wantErr := unpacked(func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }, b)
		for _, padding := range []int{0, 3} {
			got, err := unpacked(func(r io.Reader) (io.Reader, error) { return newMembers(r) }, append(b[:len(b):len(b)], make([]byte, padding)...))
			if wantErr == nil && (err != nil || !bytes.Equal(got, want)) {
				t.Errorf("with %d zeros %x, %v; without %x", padding, got, err, want)
			}
			if padding == 0 && wantErr != nil && err == nil && len(bytes.TrimRight(b, "\x00")) == len(b) {
				t.Errorf("unpacked to %x, the library says %v", got, wantErr)
			}
		}
	})
}

func unpacked(open func(io.Reader) (io.Reader, error), b []byte) ([]byte, error) {
	r, err := open(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, most))
}

// FuzzSet: four arrays are a data set that passes its check, or an error of one line that names one of them. They are the bytes of
// the four, each after its dimensions.
func FuzzSet(f *testing.F) {
	f.Add(byte(3), byte(2), byte(2), byte(4), count(24), []byte{2, 0, 1}, count(16), []byte{1, 1})
	f.Add(byte(1), byte(1), byte(1), byte(1), []byte{0}, []byte{255}, []byte{9}, []byte{11})
	f.Add(byte(0), byte(1), byte(0), byte(1), []byte{}, []byte{}, []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, train, test, rows, cols byte, a, b, c, d []byte) {
		shape := func(data []byte, dims ...byte) IDX {
			x := IDX{Data: data}
			for _, n := range dims {
				x.Dims = append(x.Dims, int(n))
			}
			return x
		}
		parts := [4]part{{"a", shape(a, train, rows, cols)}, {"b", shape(b, train)}, {"c", shape(c, test, rows, cols)}, {"d", shape(d, test)}}
		for i, p := range parts { // what ReadIDX gives
			n := 1
			for _, dim := range p.Dims {
				n *= dim
			}
			if n == 0 {
				return
			}
			if len(p.Data) != n {
				parts[i].Dims = []int{len(p.Data)}
			}
			if len(p.Data) == 0 {
				return
			}
		}
		set, err := assemble("set", parts)
		if err == nil {
			err = set.Check()
		}
		if err != nil && (strings.Contains(err.Error(), "\n") || !strings.ContainsAny(err.Error()[:1], "abcd")) {
			t.Errorf("not one line that names a file: %v", errors.Unwrap(err))
		}
	})
}
