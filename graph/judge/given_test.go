package judge

import (
	"encoding/binary"
	"encoding/gob"
	"os"
	"path/filepath"
	"testing"

	"github.com/stheno/stheno/data"

	"gorgonia.org/tensor"
)

// writeMNIST writes the first images of MNIST, 100 to train and 20 to test, as the files that the examples read.
func writeMNIST(t *testing.T, dir string) {
	t.Helper()
	mnist, err := data.MNIST()
	must(t, err)
	must(t, os.MkdirAll(dir, 0o755))
	for name, part := range map[string]struct {
		data.Split
		n int
	}{"train": {mnist.Train, 100}, "t10k": {mnist.Test, 20}} {
		images := idx(part.Images[:part.n*part.Pixels()], part.n, mnist.Rows, mnist.Cols)
		must(t, os.WriteFile(filepath.Join(dir, name+"-images-idx3-ubyte"), images, 0o644))
		must(t, os.WriteFile(filepath.Join(dir, name+"-labels-idx1-ubyte"), idx(part.Labels[:part.n], part.n), 0o644))
	}
}

// idx makes an IDX file of unsigned bytes.
func idx(data []byte, dims ...int) []byte {
	b := []byte{0, 0, 8, byte(len(dims))}
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, uint32(d))
	}
	return append(b, data...)
}

// writeTheta writes what the iris example leaves for its command: four weights and a bias.
func writeTheta(t *testing.T, file string) {
	t.Helper()
	f, err := os.Create(file)
	must(t, err)
	must(t, gob.NewEncoder(f).Encode(tensor.New(tensor.WithBacking([]float64{-0.11, -0.04, 0.23, 0.61, 1.19}))))
	must(t, f.Close())
}
