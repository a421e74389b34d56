package data

import (
	"bytes"
	_ "embed"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"
)

// Each file is the IDX file in zstd frames of a few megabytes with a checksum each, one behind the other: any zstd tool
// unpacks it, and we unpack the frames in parallel.
// They are byte slices and no embed.FS because that would copy them.
var (
	//go:embed mnist/train-images-idx3-ubyte.zst
	packedTrainImages []byte
	//go:embed mnist/train-labels-idx1-ubyte.zst
	packedTrainLabels []byte
	//go:embed mnist/t10k-images-idx3-ubyte.zst
	packedTestImages []byte
	//go:embed mnist/t10k-labels-idx1-ubyte.zst
	packedTestLabels []byte
)

// MNIST returns the MNIST handwritten digits (Y. LeCun, C. Cortes, C. J. C. Burges), 60,000 to train and 10,000 to test,
// 28×28 pixels, 10 classes, from the program itself. Every call unpacks them anew.
func MNIST() (*Dataset, error) {
	parts := [4]part{{name: trainImages}, {name: trainLabels}, {name: testImages}, {name: testLabels}}
	packed := [4][]byte{packedTrainImages, packedTrainLabels, packedTestImages, packedTestLabels}
	var jobs []job
	var files [4][]byte
	for i := range parts {
		frames, err := splitFrames(packed[i])
		if err != nil {
			return nil, fmt.Errorf("embedded %s.zst: %v; build the program again", parts[i].name, err)
		}
		total := 0
		for _, f := range frames {
			total += f.size
		}
		files[i] = make([]byte, total)
		rest := files[i]
		for _, f := range frames {
			jobs = append(jobs, job{f.packed, rest[:f.size:f.size]})
			rest = rest[f.size:]
		}
	}
	if err := unpack(jobs); err != nil {
		return nil, fmt.Errorf("embedded MNIST: %v; build the program again", err)
	}
	for i, file := range files {
		r := bytes.NewReader(file)
		dims, n, err := readHeader(r, parts[i].name)
		if err != nil {
			return nil, err
		}
		if n != r.Len() {
			return nil, fmt.Errorf("embedded %s: %d bytes of elements, the header promises %d; build the program again", parts[i].name, r.Len(), n)
		}
		parts[i].IDX = IDX{dims, file[len(file)-n:]}
	}
	return assemble("MNIST", parts)
}

// A job is one frame and the place for its content.
type job struct{ packed, content []byte }

// unpack decompresses all frames on all cores and compares their checksums.
func unpack(jobs []job) error {
	workers := min(runtime.GOMAXPROCS(0), len(jobs))
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(workers))
	if err != nil {
		return err
	}
	defer decoder.Close()
	var (
		next   atomic.Int64
		failed atomic.Pointer[error]
		wg     sync.WaitGroup
	)
	for range workers {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(jobs)); i = next.Add(1) - 1 {
				content, err := decoder.DecodeAll(jobs[i].packed, jobs[i].content[:0])
				if err == nil && len(content) != len(jobs[i].content) {
					err = fmt.Errorf("frame of %d bytes holds %d", len(jobs[i].content), len(content))
				}
				if err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}
