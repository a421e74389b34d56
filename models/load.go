package models

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/checkpoint"
	"github.com/stheno/stheno/internal/memory"

	"gorgonia.org/tensor"
)

// File is the file of a model, or any safetensors file of parameters, read and checked: every element is a number.
type File struct {
	Path string
	// About is what the file says of its net (the constants About…); empty if it is none of ours.
	About    map[string]string
	tensors  []checkpoint.Tensor
	training Training
}

// Load makes the model that a file of Save holds. The file says all: the net, its float type, the names of the classes. The engine
// stays the caller's, and the model is the caller's to close.
//
// A file that does not say what its layers are is an error: such are files of other programs, of nets that are no Sequential, and of
// Stheno before it wrote layers. File.Into gives their parameters to a model that the caller has made.
func Load(path string, e backend.Engine) (*Model, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	return f.Model(e)
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
	f := &File{Path: path}
	if meta[metaFormat] == ourFormat {
		f.About = meta
	}
	if v, ok := f.About[metaVersion]; ok && v != strconv.Itoa(fileVersion) {
		return nil, fmt.Errorf("%s: it has version %.20q of Stheno's format, this program reads %d: take a newer program", path, v, fileVersion)
	}
	f.training.State = f.About[AboutTraining]
	for _, t := range ts {
		name, ofTraining := strings.CutPrefix(t.Name, trainingPrefix)
		if ofTraining && f.About != nil {
			t.Name = name
			f.training.Tensors = append(f.training.Tensors, t)
			continue
		}
		if err := finiteData(t); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		f.tensors = append(f.tensors, t)
	}
	return f, nil
}

// Training is the state of the training that the file carries, empty if it has none. Its tensors may hold any numbers.
func (f *File) Training() Training { return f.training }

// Model makes the model that the file holds, as Load does.
func (f *File) Model(e backend.Engine) (*Model, error) {
	net, err := f.Net()
	if err != nil {
		return nil, err
	}
	dt, ok := dtypes[f.About[AboutDType]]
	if !ok {
		return nil, fmt.Errorf("%s: its dtype is %.40q: want float32 or float64", f.Path, f.About[AboutDType])
	}
	m, err := New(net, e, dt)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Path, err)
	}
	if err := f.Into(m); err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

var dtypes = map[string]tensor.Dtype{tensor.Float32.String(): tensor.Float32, tensor.Float64.String(): tensor.Float64}

// Net is the net that the file says it is of, all its weights 0.
func (f *File) Net() (Net, error) {
	s, err := f.Sequential()
	if err != nil {
		return Net{}, err
	}
	n, err := s.Net()
	if err != nil {
		return Net{}, fmt.Errorf("%s: %w", f.Path, err)
	}
	return n, f.Describe(&n)
}

// Describe gives a net the names of the classes and the preprocessing that the file has. It changes nothing where they do not fit.
func (f *File) Describe(n *Net) error {
	text, ok := f.About[AboutClasses]
	var names []string
	if err := json.Unmarshal([]byte(text), &names); ok && err != nil {
		return fmt.Errorf("%s: its classes are no JSON list of names: %.80q", f.Path, text)
	}
	if ok && len(names) != n.Out {
		return fmt.Errorf("%s: it has names for %d classes, its layers end with %d", f.Path, len(names), n.Out)
	}
	n.Classes, n.Preprocessing = names, f.About[AboutPreprocessing]
	return nil
}

// Knows reports whether the file says of what layers it is and what samples they read, so that Sequential needs nothing else.
func (f *File) Knows() bool { return f.About[AboutLayers] != "" && f.About[AboutInput] != "" }

// Sequential is the list of layers that the file says it is of, with the dropouts that it was trained with. All its initial weights are 0.
func (f *File) Sequential() (Sequential, error) {
	text := cmp.Or(f.About[AboutTrained], f.About[AboutLayers])
	if text == "" {
		return Sequential{}, fmt.Errorf("%s: it does not say of what layers it is: make the model with models.New and give it to File.Into, or to cmd/train the flags of its net", f.Path)
	}
	layers, err := ParseLayers(text)
	if err != nil {
		return Sequential{}, fmt.Errorf("%s: its layers: %w", f.Path, err)
	}
	in, err := f.input(layers)
	if err != nil {
		return Sequential{}, fmt.Errorf("%s: %w", f.Path, err)
	}
	s := Sequential{Name: f.About[AboutNet], In: in, Layers: layers, Init: Std(0)}
	for s.Regression = range usualLosses {
		if f.About[AboutLoss] == s.usualLoss().name {
			return s, nil
		}
	}
	return Sequential{}, fmt.Errorf("%s: its loss is %.40q, which no list of layers has: want %s or %s", f.Path, f.About[AboutLoss],
		usualLosses[false].name, usualLosses[true].name)
}

// input is the shape of a sample. Files of before do not say it; where the first layer is Dense its weights do.
func (f *File) input(layers []Layer) ([]int, error) {
	text, ok := f.About[AboutInput]
	if ok {
		return parseDims(text)
	}
	i := slices.IndexFunc(f.tensors, func(t checkpoint.Tensor) bool { return t.Name == "W1" })
	if _, dense := layers[0].(Dense); dense && i >= 0 && len(f.tensors[i].Shape) == 2 {
		return f.tensors[i].Shape[:1], nil
	}
	return nil, errors.New("it does not say what shape a sample has: load it into cmd/train with its data, and save it again")
}

// Into gives the model what the file has. The file must hold all that the model learns in its shape, and nothing else, and say
// nothing of its net that the model's contradicts; float32 and float64 are converted. Nothing is changed unless all fits.
func (f *File) Into(m *Model) error {
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
	if err := f.contradicts(&m.Net); err != nil {
		return err
	}
	return m.SetParams(values)
}

// contradicts is an error where the file says of its net what is not so of n.
func (f *File) contradicts(n *Net) error {
	says := n.says()
	for _, key := range slices.Sorted(maps.Keys(says)) {
		if theirs, ok := f.About[key]; ok && theirs != says[key] {
			return fmt.Errorf("%s: its %s is %q, the net's %q: choose the net that it was saved from", f.Path, key, theirs, says[key])
		}
	}
	return nil
}
