package train

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/stheno/stheno/checkpoint"
	"github.com/stheno/stheno/graph"
	"github.com/stheno/stheno/internal/memory"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// The keys in File.About of the float type and of the net's name.
const (
	AboutDType = "dtype"
	AboutNet   = "net"
)

// The metadata of our files, besides those and what the net says of itself (models.Net.About).
const (
	metaFormat  = "format" // ours is "stheno"; other programs write their own name there
	metaVersion = "version"

	ourFormat   = "stheno"
	fileVersion = 1 // of the metadata; files of before have none
)

// Save writes what the model has learned, its parameters and the running statistics of its batch normalisations, as a safetensors
// file, in the model's float type, under their names, with what the net says of itself. What is no number is an error, and so is too
// little memory.
func Save(path string, m *models.Model) error {
	if err := roomToSave(m); err != nil {
		return fmt.Errorf("%s: not written: %w", path, err)
	}
	ts, meta, err := learned(m)
	if err != nil {
		return fmt.Errorf("%s: not written: %w", path, err)
	}
	return checkpoint.Save(path, ts, meta)
}

// Encode is the content of the file that Save writes.
func Encode(m *models.Model) ([]byte, error) {
	ts, meta, err := learned(m)
	if err != nil {
		return nil, err
	}
	return checkpoint.Encode(ts, meta)
}

// fileOf is the file of a model as it is, before anything is written.
func fileOf(m *models.Model) (*File, error) {
	ts, meta, err := learned(m)
	if err != nil {
		return nil, err
	}
	return &File{Path: "the state", About: meta, tensors: ts}, nil
}

// learned is what a file of the model holds.
func learned(m *models.Model) (ts []checkpoint.Tensor, meta map[string]string, err error) {
	params, err := m.Learned()
	if err != nil {
		return nil, nil, err
	}
	for _, p := range params {
		if err := finite(p.Name, p.Shape, p.Init); err != nil {
			return nil, nil, err
		}
		t := checkpoint.Tensor{Name: p.Name, Shape: p.Shape, Data: p.Init}
		if m.DType == tensor.Float32 {
			t.Data = narrow(p.Init)
		}
		ts = append(ts, t)
	}
	meta = map[string]string{metaFormat: ourFormat, metaVersion: strconv.Itoa(fileVersion), AboutNet: m.Net.Name, AboutDType: m.DType.String()}
	maps.Copy(meta, m.Net.About)
	return ts, meta, nil
}

// roomToSave is an error where there is no memory for what Save takes for its time: the parameters as float64, then in the model's float
// type, then as the bytes of the file.
func roomToSave(m *models.Model) error {
	if err := memory.Fits(float64(m.Net.Size()) * float64(8+2*m.DType.Size())); err != nil {
		return fmt.Errorf("to save the parameters: %w: take a smaller net", err)
	}
	return nil
}

// File is a safetensors file of parameters, read and checked: every element is a number.
type File struct {
	Path string
	// About is what the file says of its net (models.Net.About), and its float type; empty if it is none of ours.
	About   map[string]string
	tensors []checkpoint.Tensor
}

// Open reads a file of parameters.
func Open(path string) (*File, error) {
	ts, meta, err := checkpoint.Load(path)
	if err != nil {
		return nil, err
	}
	return newFile(path, ts, meta)
}

// newFile checks what was read.
func newFile(path string, ts []checkpoint.Tensor, meta map[string]string) (*File, error) {
	f := &File{Path: path, tensors: ts}
	if meta[metaFormat] == ourFormat {
		f.About = meta
	}
	if v, ok := f.About[metaVersion]; ok && v != strconv.Itoa(fileVersion) {
		return nil, fmt.Errorf("%s: it has version %.20q of Stheno's format, this program reads %d: take a newer program", path, v, fileVersion)
	}
	for _, t := range ts {
		if err := finiteData(t); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return f, nil
}

// Load gives the model the parameters of a file: Open, then Into.
func Load(path string, m *models.Model) error {
	f, err := Open(path)
	if err != nil {
		return err
	}
	return f.Into(m)
}

// Into gives the model what the file has. The file must hold all that the model learns in its shape, and nothing else, and say
// nothing of its net that the model's contradicts; float32 and float64 are converted. Nothing is changed unless all fits.
func (f *File) Into(m *models.Model) error {
	if f == nil {
		return errors.New("no file of parameters: Open one")
	}
	learned, err := m.Learned()
	if err != nil {
		return err
	}
	values := map[string][]float64{}
	if err := memory.Fits(8 * float64(m.Net.Size())); err != nil {
		return fmt.Errorf("%s: %w: take a smaller net", f.Path, err)
	}
	for _, p := range learned {
		i := slices.IndexFunc(f.tensors, func(t checkpoint.Tensor) bool { return t.Name == p.Name })
		if i < 0 {
			return fmt.Errorf("%s: it has no tensor %s: it was saved from another net", f.Path, p.Name)
		}
		t := f.tensors[i]
		if !slices.Equal(t.Shape, p.Shape) {
			return fmt.Errorf("%s: %s is %s, the net has %s: choose the layers and the data that it was saved with", f.Path, p.Name, dims(t.Shape), dims(p.Shape))
		}
		values[p.Name] = widen(t.Data)
		if m.DType == tensor.Float32 {
			if err := fitsFloat32(p.Name, p.Shape, values[p.Name]); err != nil {
				return fmt.Errorf("%s: %w", f.Path, err)
			}
		}
	}
	if len(f.tensors) != len(learned) {
		return fmt.Errorf("%s: it has %d tensors, the net %d: choose the layers that it was saved with", f.Path, len(f.tensors), len(learned))
	}
	for _, key := range slices.Sorted(maps.Keys(m.Net.About)) {
		if theirs, ok := f.About[key]; ok && theirs != m.Net.About[key] {
			return fmt.Errorf("%s: its %s is %q, the net's %q: choose the net that it was saved from", f.Path, key, theirs, m.Net.About[key])
		}
	}
	return m.SetParams(values)
}

func finiteData(t checkpoint.Tensor) error {
	if d, ok := t.Data.([]float32); ok {
		return finite(t.Name, t.Shape, d)
	}
	return finite(t.Name, t.Shape, t.Data.([]float64))
}

// finite is an error that names the first element which is no number.
func finite[T float32 | float64](name string, shape []int, v []T) error {
	for i, x := range v {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return fmt.Errorf("%s%v is %v: parameters must be finite numbers", name, graph.Coordinates(i, shape), x)
		}
	}
	return nil
}

// fitsFloat32 is an error that names the first number which float32 would make infinite.
func fitsFloat32(name string, shape []int, v []float64) error {
	for i, x := range v {
		if math.IsInf(float64(float32(x)), 0) {
			return fmt.Errorf("%s%v is %g, more than float32 holds: read the file as float64", name, graph.Coordinates(i, shape), x)
		}
	}
	return nil
}

func dims(shape []int) string {
	s := ""
	for i, d := range shape {
		if i > 0 {
			s += "x"
		}
		s += strconv.Itoa(d)
	}
	return s
}

func narrow(v []float64) []float32 {
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(x)
	}
	return out
}

func widen(data any) []float64 {
	if d, ok := data.([]float64); ok {
		return d
	}
	d := data.([]float32)
	out := make([]float64, len(d))
	for i, x := range d {
		out[i] = float64(x)
	}
	return out
}
