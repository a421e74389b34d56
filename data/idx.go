package data

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"

	"github.com/stheno/stheno/internal/memory"
)

// An IDX is an array of unsigned bytes, the last dimension running fastest.
type IDX struct {
	Dims []int
	Data []byte // as many bytes as the product of Dims
}

// The IDX format is described at the foot of http://yann.lecun.com/exdb/mnist/: two zero bytes, one byte for the type
// of the elements, one for the number of dimensions, then each dimension as 4 bytes, most significant first, then the
// elements.
const (
	typeByte  = 0x08     // unsigned byte, the only type that images and labels use
	maxRank   = 8        // more dimensions than this are no picture, but a file of another kind
	slack     = 64       // times the file's bytes are set aside up front at most (MNIST shrinks to a fifth)
	spare     = 48 << 20 // bytes beyond the file's own are set aside up front at most (MNIST takes 38 MB)
	firstRead = 4096
)

// ReadIDX reads the one IDX array of unsigned bytes that r holds. The name is used in errors; size is the number of
// bytes of the file behind r, compressed or not: memory is set aside according to it and to what was really read, never
// according to the header alone. An array with too few elements, or bytes behind it, is an error.
func ReadIDX(r io.Reader, name string, size int64) (IDX, error) {
	if r == nil {
		return IDX{}, fmt.Errorf("%s: no reader", name)
	}
	dims, n, err := readHeader(r, name)
	if err != nil {
		return IDX{}, err
	}
	if err := memory.Fits(float64(n)); err != nil {
		return IDX{}, fmt.Errorf("%s: the header promises %d bytes: %w: take a smaller data set", name, n, err)
	}
	data, err := readData(r, n, size)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return IDX{}, fmt.Errorf("%s: %d bytes of elements, the header promises %d: the file is truncated; download it again", name, len(data), n)
	case err != nil:
		return IDX{}, fmt.Errorf("%s: %v after %d of %d bytes: the file is damaged; download it again", name, err, len(data), n)
	}
	// The read beyond the end also makes a decompressor compare its checksum.
	var extra [1]byte
	switch _, err := io.ReadFull(r, extra[:]); {
	case err == nil:
		return IDX{}, fmt.Errorf("%s: more bytes follow the %d that the header promises: this is not a whole IDX file; download it again", name, n)
	case err != io.EOF:
		return IDX{}, fmt.Errorf("%s: %v at the end of the data: the file is damaged; download it again", name, err)
	}
	return IDX{dims, data}, nil
}

// readHeader returns the dimensions and their product.
func readHeader(r io.Reader, name string) (dims []int, n int, err error) {
	var b [4 * (1 + maxRank)]byte
	if got, err := io.ReadFull(r, b[:4]); err != nil {
		return nil, 0, headerError(name, got, 4, err)
	}
	switch rank := int(b[3]); {
	case b[0] == 0x1f && b[1] == 0x8b:
		return nil, 0, fmt.Errorf("%s: this is a gzip file; add .gz to its name", name)
	case b[0] != 0 || b[1] != 0:
		return nil, 0, fmt.Errorf("%s: starts with % x, an IDX file with 00 00: this is another kind of file; download it again", name, b[:4])
	case b[2] != typeByte:
		return nil, 0, fmt.Errorf("%s: elements of type 0x%02x, only unsigned bytes (0x%02x) are read; convert it", name, b[2], typeByte)
	case rank == 0 || rank > maxRank:
		return nil, 0, fmt.Errorf("%s: %d dimensions, images have 3 and labels 1: this is another kind of file; download it again", name, rank)
	default:
		dims = make([]int, rank)
	}
	sizes := b[4 : 4+4*len(dims)]
	if got, err := io.ReadFull(r, sizes); err != nil {
		return nil, 0, headerError(name, 4+got, 4+len(sizes), err)
	}
	product := uint64(1)
	for i := range dims {
		d := binary.BigEndian.Uint32(sizes[4*i:])
		if d == 0 {
			return nil, 0, fmt.Errorf("%s: dimension %d is 0: there is nothing in the file; download it again", name, i)
		}
		high, low := bits.Mul64(product, uint64(d))
		if high != 0 || low > math.MaxInt || uint64(d) > math.MaxInt {
			return nil, 0, fmt.Errorf("%s: the dimensions multiply to more bytes than memory can hold: the header is damaged; download it again", name)
		}
		dims[i], product = int(d), low
	}
	return dims, int(product), nil
}

func headerError(name string, got, want int, err error) error {
	switch {
	case err == io.EOF && got == 0:
		return fmt.Errorf("%s: the file is empty; download it again", name)
	case err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s: ends after %d bytes of a header of %d: the file is truncated; download it again", name, got, want)
	}
	return fmt.Errorf("%s: %v in the header: the file is damaged; download it again", name, err)
}

// readData reads n bytes. It sets aside at most slack × size bytes up front and spare more than size, so that a real file needs one
// allocation, and from then on no more than it has already read, so that a false header gains nothing.
func readData(r io.Reader, n int, size int64) ([]byte, error) {
	room := max(firstRead, min(min(size, math.MaxInt/slack)*slack, min(size, math.MaxInt-spare)+spare))
	data := make([]byte, 0, min(int64(n), room))
	for len(data) < n {
		if len(data) == cap(data) {
			grown := make([]byte, len(data), min(n, 2*len(data)))
			copy(grown, data)
			data = grown
		}
		got, err := io.ReadFull(r, data[len(data):cap(data)])
		data = data[:len(data)+got]
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return data, err
		}
	}
	return data, nil
}
