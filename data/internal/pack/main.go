// Command pack makes the embedded form of MNIST: it reads the four IDX files, plain or .gz, from one folder and writes
// each as a row of zstd frames into another.
//
//	go run ./data/internal/pack SOURCE data/mnist
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// frameSize balances two wishes: few frames compress better, many spread evenly over the cores.
const frameSize = 4 << 20

var names = [...]string{
	"train-images-idx3-ubyte",
	"train-labels-idx1-ubyte",
	"t10k-images-idx3-ubyte",
	"t10k-labels-idx1-ubyte",
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: pack SOURCE TARGET")
		os.Exit(2)
	}
	for _, name := range names {
		if err := pack(os.Args[1], os.Args[2], name); err != nil {
			fmt.Fprintln(os.Stderr, "pack:", err)
			os.Exit(1)
		}
	}
}

func pack(source, target, name string) error {
	content, err := read(filepath.Join(source, name))
	if err != nil {
		return err
	}
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderCRC(true))
	if err != nil {
		return err
	}
	defer encoder.Close()
	var packed []byte
	for len(content) > 0 {
		n := min(frameSize, len(content))
		packed = encoder.EncodeAll(content[:n], packed)
		content = content[n:]
	}
	return os.WriteFile(filepath.Join(target, name+".zst"), packed, 0o644)
}

// read returns the content of a file, or of the file of that name with .gz.
func read(path string) ([]byte, error) {
	if content, err := os.ReadFile(path); err == nil {
		return content, nil
	}
	f, err := os.Open(path + ".gz")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s.gz: %w", path, err)
	}
	return io.ReadAll(z)
}
