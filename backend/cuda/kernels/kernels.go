// Package kernels is the text of the GPU's kernels: CUDA C++ for people, PTX for the driver. The PTX is for compute capability 7.0, which
// the driver compiles for the GPU at hand, so that running needs nothing else; it is kept packed, and unpacked when it is first needed.
package kernels

import (
	"embed"
	"fmt"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// The headers that come from Go, then the PTX of the kernels; NVRTC names the library, such as FOLDER/cuda12/lib/libnvrtc.so.12 of toolchain.sh.
//go:generate go run ../emit/headers
//go:generate python3 compile.py

// Each file is one zstd frame with a checksum, which any zstd tool unpacks.
//
//go:embed *.ptx.zst
var files embed.FS

const extension = ".ptx.zst"

var (
	mu       sync.Mutex
	unpacked = map[string]string{}
)

// Source is the PTX of a module, such as gemm_f32: a file of CUDA C++ and the float type of its kernels.
func Source(module string) (string, error) {
	mu.Lock()
	defer mu.Unlock()
	if text, ok := unpacked[module]; ok {
		return text, nil
	}
	packed, err := files.ReadFile(module + extension)
	if err != nil {
		return "", fmt.Errorf("there are no kernels %s: there are %s", module, strings.Join(Modules(), ", "))
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return "", err
	}
	defer decoder.Close()
	text, err := decoder.DecodeAll(packed, nil)
	if err != nil {
		return "", fmt.Errorf("embedded %s: %w; build the program again", module+extension, err)
	}
	unpacked[module] = string(text)
	return unpacked[module], nil
}

// Modules names what Source knows.
func Modules() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err) // our own bug: a folder that is embedded can be read
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = strings.TrimSuffix(e.Name(), extension)
	}
	return names
}

// Pack writes PTX as the files keep it.
func Pack(text string) ([]byte, error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer encoder.Close()
	return encoder.EncodeAll([]byte(text), nil), nil
}
