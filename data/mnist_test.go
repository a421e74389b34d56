package data

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"sync"
	"testing"
)

// mnist is unpacked once for all tests.
var mnist = sync.OnceValues(MNIST)

func TestEmbeddedFilesAreTheOriginals(t *testing.T) {
	for _, c := range []struct {
		name   string
		packed []byte
		bytes  int
		md5    string
	}{
		{trainImages, packedTrainImages, 47_040_016, "6bbc9ace898e44ae57da46a324031adb"},
		{trainLabels, packedTrainLabels, 60_008, "a25bea736e30d166cdddb491f175f624"},
		{testImages, packedTestImages, 7_840_016, "2646ac647ad5339dbf082846283269ea"},
		{testLabels, packedTestLabels, 10_008, "27ae3e4e09519cfbb04c329615203637"},
	} {
		frames, err := splitFrames(c.packed)
		if err != nil {
			t.Fatal(c.name, err)
		}
		hash, total := md5.New(), 0
		for _, f := range frames {
			content := make([]byte, f.size)
			if err := unpack([]job{{f.packed, content}}); err != nil {
				t.Fatal(c.name, err)
			}
			hash.Write(content)
			total += f.size
		}
		if got := hex.EncodeToString(hash.Sum(nil)); got != c.md5 || total != c.bytes {
			t.Errorf("%s: %d bytes with MD5 %s, want %d with %s", c.name, total, got, c.bytes, c.md5)
		}
	}
}

func TestMNIST(t *testing.T) {
	d, err := mnist()
	if err != nil {
		t.Fatal(err)
	}
	if d.Name != "MNIST" || d.Train.Len() != 60000 || d.Test.Len() != 10000 || d.Rows != 28 || d.Cols != 28 || d.Classes != 10 {
		t.Errorf("%s: %d+%d images of %d×%d in %d classes", d.Name, d.Train.Len(), d.Test.Len(), d.Rows, d.Cols, d.Classes)
	}
	if n := d.Train.Pixels(); n != 784 || len(d.Test.Images) != 10000*784 {
		t.Errorf("%d pixels an image", n)
	}
	// The first digits of both sets are well known: 5 0 4 1 9 2 1 3 1 4, and 7 2 1 0 4 1 4 9 5 9.
	if got, want := d.Train.Labels[:10], []byte{5, 0, 4, 1, 9, 2, 1, 3, 1, 4}; !bytes.Equal(got, want) {
		t.Errorf("training labels %v, want %v", got, want)
	}
	if got, want := d.Test.Labels[:10], []byte{7, 2, 1, 0, 4, 1, 4, 9, 5, 9}; !bytes.Equal(got, want) {
		t.Errorf("test labels %v, want %v", got, want)
	}
	// Mean of all training pixels / 255, the constant that MNIST programs subtract: 0.1307.
	sum := 0
	for _, v := range d.Train.Images {
		sum += int(v)
	}
	if mean := float64(sum) / 255 / float64(len(d.Train.Images)); mean < 0.13065 || mean > 0.13075 {
		t.Errorf("mean pixel %v, want 0.1307", mean)
	}
}

func TestUnpackSeesDamage(t *testing.T) {
	frames, err := splitFrames(packedTrainLabels)
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.Clone(frames[0].packed)
	damaged[len(damaged)/2] ^= 1
	content := make([]byte, frames[0].size)
	if unpack([]job{{damaged, content}}) == nil {
		t.Error("a flipped bit went unnoticed")
	}
	if unpack([]job{{frames[0].packed, content[:100]}}) == nil {
		t.Error("a frame larger than its place went unnoticed")
	}
}

func TestSplitFramesOfDamagedFiles(t *testing.T) {
	whole := packedTrainLabels
	for _, n := range []int{1, 3, 6, 12, 1000, len(whole) - 5, len(whole) - 1} {
		if frames, err := splitFrames(whole[:n]); err == nil {
			t.Errorf("the first %d of %d bytes gave %d frames and no error", n, len(whole), len(frames))
		}
	}
	if _, err := splitFrames(append(bytes.Clone(whole), "tail"...)); err == nil {
		t.Error("a tail of four letters went unnoticed")
	}
}

func BenchmarkMNIST(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := MNIST(); err != nil {
			b.Fatal(err)
		}
	}
}
