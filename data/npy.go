package data

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// NPY is an array in NumPy's format NPY that is being read, row by row: a row is what its first dimension counts.
type NPY struct {
	Dims []int
	name string
	kind npyKind
	from io.Reader
	row  []byte
}

// npyKind is a type of elements.
type npyKind struct {
	code  string // NumPy's, such as <f8
	size  int    // of an element, in bytes
	bytes int    // of a number in a store that holds every such element exactly
	value func([]byte) float64
	text  func([]byte) string // of NumPy's strings; nil of numbers
}

// The format is described at https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html: six bytes, a version of two, the
// length of the header as 2 bytes, or from version 2 on as 4, and the header, which is a dictionary of Python's.
const (
	npyMagic   = "\x93NUMPY"
	npyHeader  = 1 << 16 // bytes of a header, more than any array needs
	mostInputs = 1 << 22 // numbers of a sample
)

var (
	npyDescr   = regexp.MustCompile(`'descr': *'([^']*)'`)
	npyFortran = regexp.MustCompile(`'fortran_order': *(True|False)`)
	npyShape   = regexp.MustCompile(`'shape': *\(([\d, ]*)\)`)
)

// npyNumbers are the types of numbers, by what follows the order of their bytes.
var npyNumbers = map[string]struct {
	bytes int
	value func(binary.ByteOrder, []byte) float64
}{
	"b1": {1, func(_ binary.ByteOrder, b []byte) float64 { return float64(min(b[0], 1)) }},
	"u1": {1, func(_ binary.ByteOrder, b []byte) float64 { return float64(b[0]) }},
	"i1": {4, func(_ binary.ByteOrder, b []byte) float64 { return float64(int8(b[0])) }},
	"u2": {4, func(o binary.ByteOrder, b []byte) float64 { return float64(o.Uint16(b)) }},
	"i2": {4, func(o binary.ByteOrder, b []byte) float64 { return float64(int16(o.Uint16(b))) }},
	"u4": {8, func(o binary.ByteOrder, b []byte) float64 { return float64(o.Uint32(b)) }},
	"i4": {8, func(o binary.ByteOrder, b []byte) float64 { return float64(int32(o.Uint32(b))) }},
	"u8": {8, func(o binary.ByteOrder, b []byte) float64 { return float64(o.Uint64(b)) }},
	"i8": {8, func(o binary.ByteOrder, b []byte) float64 { return float64(int64(o.Uint64(b))) }},
	"f4": {4, func(o binary.ByteOrder, b []byte) float64 { return float64(math.Float32frombits(o.Uint32(b))) }},
	"f8": {8, func(o binary.ByteOrder, b []byte) float64 { return math.Float64frombits(o.Uint64(b)) }},
}

// NewNPY reads the header of an array: of booleans, integers, float32 or float64, or of strings. The name is used in errors; size is how
// many bytes there are, or -1 if nobody knows. Its rows must lie one behind the other, as they do unless they were transposed.
//
// The memory is that of one row, which may have 4,194,304 elements; a header is at most 65,536 bytes.
func NewNPY(r io.Reader, name string, size int64) (*NPY, error) {
	a := &NPY{name: name, from: bufio.NewReader(r)}
	header, length, err := a.header()
	if err != nil {
		return nil, err
	}
	descr, fortran, shape := npyDescr.FindSubmatch(header), npyFortran.FindSubmatch(header), npyShape.FindSubmatch(header)
	if descr == nil || fortran == nil || shape == nil {
		return nil, fmt.Errorf("%s: its header, %.80q, does not say the type, the order and the shape of an array of numbers: save one with numpy.save", name, header)
	}
	if a.kind, err = npyKindOf(string(descr[1])); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	total := float64(a.kind.size)
	for _, d := range strings.FieldsFunc(string(shape[1]), func(c rune) bool { return c == ',' || c == ' ' }) {
		n, err := strconv.Atoi(d)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%s: the shape (%s): each dimension is to be at least 1", name, shape[1])
		}
		a.Dims = append(a.Dims, n)
		total *= float64(n)
	}
	switch {
	case len(a.Dims) == 0:
		return nil, fmt.Errorf("%s: one number with no shape: an array has a row for each sample", name)
	case total/float64(a.Dims[0]) > mostInputs*float64(a.kind.size):
		return nil, fmt.Errorf("%s: the shape (%s): a row has at most %d numbers", name, shape[1], mostInputs)
	case a.kind.text != nil && total/float64(a.Dims[0]) > float64(a.kind.size):
		return nil, fmt.Errorf("%s: the shape (%s): a row has one string at most", name, shape[1])
	case size >= 0 && total != float64(size-length):
		return nil, fmt.Errorf("%s: %d bytes of elements, the header promises %.0f: the file is damaged; save it again", name, size-length, total)
	case len(a.Dims) > 1 && string(fortran[1]) == "True":
		return nil, fmt.Errorf("%s: its columns lie one behind the other: save numpy.ascontiguousarray of it", name)
	}
	a.row = make([]byte, a.Row()*a.kind.size)
	return a, nil
}

// header is the dictionary, and how many bytes there are before the elements.
func (a *NPY) header() (header []byte, length int64, err error) {
	var b [12]byte
	if _, err := io.ReadFull(a.from, b[:10]); err != nil || !bytes.HasPrefix(b[:], []byte(npyMagic)) {
		return nil, 0, fmt.Errorf("%s: it does not start as an array of NumPy's: save it with numpy.save", a.name)
	}
	length = 10
	n := uint32(binary.LittleEndian.Uint16(b[8:]))
	if b[6] > 1 { // version 2 or 3
		length = 12
		if _, err := io.ReadFull(a.from, b[10:]); err != nil {
			return nil, 0, fmt.Errorf("%s: it ends within its header: save it again", a.name)
		}
		n = binary.LittleEndian.Uint32(b[8:])
	}
	if n > npyHeader {
		return nil, 0, fmt.Errorf("%s: a header of %d bytes: at most %d: this is no array of numbers", a.name, n, npyHeader)
	}
	header = make([]byte, n)
	if _, err := io.ReadFull(a.from, header); err != nil {
		return nil, 0, fmt.Errorf("%s: it ends within its header: save it again", a.name)
	}
	return header, length + int64(n), nil
}

// npyKindOf reads a type such as <f8, |u1 or <U10.
func npyKindOf(code string) (npyKind, error) {
	if len(code) < 3 {
		return npyKind{}, npyTypeError(code)
	}
	var order binary.ByteOrder = binary.LittleEndian
	if code[0] == '>' {
		order = binary.BigEndian
	}
	n, err := strconv.Atoi(code[2:])
	if err != nil || n < 1 || n > 1<<10 {
		return npyKind{}, npyTypeError(code)
	}
	switch number, ok := npyNumbers[code[1:]]; {
	case ok:
		return npyKind{code: code, size: n, bytes: number.bytes, value: func(b []byte) float64 { return number.value(order, b) }}, nil
	case code[1] == 'S':
		return npyKind{code: code, size: n, text: func(b []byte) string { return string(bytes.TrimRight(b, "\x00")) }}, nil
	case code[1] == 'U':
		return npyKind{code: code, size: 4 * n, text: func(b []byte) string {
			var s strings.Builder
			for ; len(b) > 0 && order.Uint32(b) != 0; b = b[4:] {
				s.WriteRune(rune(order.Uint32(b)))
			}
			return s.String()
		}}, nil
	}
	return npyKind{}, npyTypeError(code)
}

func npyTypeError(code string) error {
	return fmt.Errorf("elements of the type %.20q: numbers of at most 8 bytes and strings are read: convert it, such as with .astype(numpy.float32)", code)
}

// Row is how many elements a row has.
func (a *NPY) Row() int {
	n := 1
	for _, d := range a.Dims[1:] {
		n *= d
	}
	return n
}

// Bytes reports whether the elements are unsigned bytes, such as pixels.
func (a *NPY) Bytes() bool { return a.kind.code[1:] == "u1" }

// Next reads the next row into dst, which has room for it. An array of strings has no numbers, which is an error.
func (a *NPY) Next(dst []float64) error {
	if a.kind.value == nil {
		return fmt.Errorf("%s: strings, where numbers are wanted", a.name)
	}
	if err := a.read(); err != nil {
		return err
	}
	for i := range a.Row() {
		dst[i] = a.kind.value(a.row[i*a.kind.size : (i+1)*a.kind.size])
	}
	return nil
}

// nextName reads the next row of one element as the name of a class.
func (a *NPY) nextName() (string, error) {
	if err := a.read(); err != nil {
		return "", err
	}
	if a.kind.text != nil {
		return a.kind.text(a.row), nil
	}
	return strconv.FormatFloat(a.kind.value(a.row), 'g', -1, 64), nil
}

func (a *NPY) read() error {
	if _, err := io.ReadFull(a.from, a.row); err != nil {
		return fmt.Errorf("%s: it ends before all of its %d rows are there: save it again", a.name, a.Dims[0])
	}
	return nil
}
