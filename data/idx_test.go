package data

import (
	"bytes"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

func TestReadIDXOfAnyRank(t *testing.T) {
	for _, dims := range [][]uint32{{6}, {2, 3}, {1, 2, 3}, {3, 1, 2, 1}, {1, 1, 1, 1, 1, 1, 6, 1}} {
		b := idx(count(6), dims...)
		got, err := ReadIDX(bytes.NewReader(b), "x", int64(len(b)))
		if err != nil || len(got.Dims) != len(dims) || !bytes.Equal(got.Data, count(6)) {
			t.Errorf("%v: %v, %v", dims, got, err)
		}
	}
}

// A stream that shrank by more than slack is still read whole.
func TestReadIDXGrows(t *testing.T) {
	data := bytes.Repeat([]byte{7}, 1<<20+3)
	got, err := ReadIDX(bytes.NewReader(idx(data, uint32(len(data)))), "x", 100)
	if err != nil || !bytes.Equal(got.Data, data) {
		t.Errorf("%d bytes of %d, %v", len(got.Data), len(data), err)
	}
}

func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// A header may promise 4 GB: the memory follows the file.
func TestReadIDXAllocatesByTheFile(t *testing.T) {
	b := idx([]byte{1, 2, 3, 4}, 1<<20, 1<<10, 4)
	var err error
	got := allocated(func() { _, err = ReadIDX(bytes.NewReader(b), "x", int64(len(b))) })
	if err == nil || got > 1<<20 {
		t.Errorf("%d bytes set aside for a file of %d; error %v", got, len(b), err)
	}
}

// Of a large file, too, a false header takes less than 64 MB above its size.
func TestReadIDXOfALargeFile(t *testing.T) {
	b := idx([]byte{1, 2, 3, 4}, 1<<20, 1<<9, 1)
	for _, size := range []int64{1 << 20, 10 << 20, 100 << 20} {
		var err error
		if got := allocated(func() { _, err = ReadIDX(bytes.NewReader(b), "x", size) }); err == nil || got > uint64(size)+64<<20 {
			t.Errorf("%d bytes set aside for a file of %d; error %v", got, size, err)
		}
	}
}

// What no machine has memory for is an error with both figures.
func TestReadIDXOfTooMuch(t *testing.T) {
	if runtime.GOOS != "linux" || strconv.IntSize == 32 {
		t.Skip("this system does not tell how much memory is left, or has no such sizes")
	}
	_, err := ReadIDX(bytes.NewReader(idx([]byte{1}, 1<<30, 1<<13)), "x", 1<<43)
	if s := fmt.Sprint(err); !strings.HasPrefix(s, "x: the header promises 8796093022208 bytes: 8796.09 GB of memory are needed, and ") || strings.Contains(s, "\n") {
		t.Errorf("error %v", err)
	}
}

func FuzzIDX(f *testing.F) {
	whole := idx(count(24), 3, 2, 4)
	for _, seed := range [][]byte{
		nil, {0}, {0, 0, 8, 3}, whole, whole[:len(whole)-1], append(whole, 1), idx([]byte{1}, 1), idx(nil, 0),
		idx(nil, 1<<31, 1<<31, 1<<31), idx([]byte{1}, 1<<32-1), gzipped(f, whole), []byte("<html>"),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var got IDX
		var err error
		spent := allocated(func() { got, err = ReadIDX(bytes.NewReader(b), "f", int64(len(b))) })
		if limit := uint64(1<<20 + (slack+4)*len(b)); spent > limit {
			t.Errorf("%d bytes set aside for a file of %d", spent, len(b))
		}
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f: ") || strings.Contains(err.Error(), "\n") {
				t.Errorf("not one line that names the file: %v", err)
			}
			return
		}
		dims := make([]uint32, len(got.Dims))
		for i, d := range got.Dims {
			dims[i] = uint32(d)
		}
		if again := idx(got.Data, dims...); !bytes.Equal(again, b) {
			t.Errorf("% x read, % x written", b, again)
		}
	})
}
