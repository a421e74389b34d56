package models

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno/stheno/checkpoint"
)

// torchEpsilon is what PyTorch adds to a variance; a BatchNorm here adds normEpsilon, and its variance gets the difference.
const torchEpsilon = 1e-5

// torchTensor is a tensor of a module of PyTorch, as a layer here has it.
type torchTensor struct {
	theirs, ours string
	change       func(checkpoint.Tensor) checkpoint.Tensor
}

// torchLayer are the tensors of a layer's module. Of a BatchNorm the running statistics are numbered from 0, here.
func torchLayer(l Layer) []torchTensor {
	same := func(t checkpoint.Tensor) checkpoint.Tensor { return t }
	switch l.(type) {
	case Dense:
		return []torchTensor{{"weight", "W", turned}, {"bias", "b", same}}
	case Conv:
		return []torchTensor{{"weight", "W", same}, {"bias", "b", same}}
	case BatchNorm:
		return []torchTensor{{"weight", "gamma", same}, {"bias", "beta", same}, {"running_mean", "mean", same}, {"running_var", "variance", moreVariance}}
	}
	return nil
}

// PyTorch is a file of PyTorch's state_dict with the names and the layout of the net's: 0.weight (out, in) of a Linear becomes W1
// (in, out), those of a Conv2d stay as they are, and a BatchNorm2d or BatchNorm1d keeps its running statistics, with its epsilon of
// 1e-5. The modules that have tensors are taken in the order of the net's layers: in the order of their numbers, or as they are named.
func (f *File) PyTorch(s Sequential, modules ...string) (*File, error) {
	if f.About != nil {
		return nil, fmt.Errorf("%s: it is a file of Stheno's own: load it without -import", f.Path)
	}
	layers, err := s.planned()
	if err != nil {
		return nil, fmt.Errorf("net %q: %w", s.Name, err)
	}
	layers = slices.DeleteFunc(layers, func(l planned) bool { return len(l.params) == 0 })
	if len(modules) == 0 {
		modules = f.modules()
	}
	if len(modules) != len(layers) {
		return nil, fmt.Errorf("%s: the net has %d layers with parameters, %s, and the file %d modules: %s: choose the layers that it was saved from, or name the modules in their order, such as pytorch:%s",
			f.Path, len(layers), layerNames(layers), len(modules), f.has(), strings.Join(modules, ","))
	}
	left := map[string]checkpoint.Tensor{}
	for _, t := range f.tensors {
		if !strings.HasSuffix(t.Name, ".num_batches_tracked") { // training only counts
			left[t.Name] = t
		}
	}
	out, norms := &File{Path: f.Path}, 0
	for i, l := range layers {
		for j, tensor := range torchLayer(l.layer) {
			name := modules[i] + "." + tensor.theirs
			t, ok := left[name]
			if !ok {
				return nil, fmt.Errorf("%s: it has no tensor %s, of layer %v: %s", f.Path, name, l.layer, f.has())
			}
			delete(left, name)
			if j < len(l.names) {
				t.Name = l.names[j]
			} else {
				t.Name = fmt.Sprintf("batchnorm%d.%s", norms, tensor.ours)
			}
			out.tensors = append(out.tensors, tensor.change(t))
		}
		if _, ok := l.layer.(BatchNorm); ok {
			norms++
		}
	}
	if names := slices.Sorted(maps.Keys(left)); len(names) > 0 {
		return nil, fmt.Errorf("%s: no layer of the net takes %s: choose the layers that it was saved from", f.Path, list(names))
	}
	return out, nil
}

// modules are the names before those of tensors, in the order of their numbers.
func (f *File) modules() (names []string) {
	for _, t := range f.tensors {
		if name, ok := strings.CutSuffix(t.Name, ".weight"); ok {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		as, bs := strings.Split(a, "."), strings.Split(b, ".")
		for i := range min(len(as), len(bs)) {
			x, err1 := strconv.Atoi(as[i])
			y, err2 := strconv.Atoi(bs[i])
			if err1 == nil && err2 == nil && x != y {
				return cmp.Compare(x, y)
			}
			if as[i] != bs[i] && (err1 != nil || err2 != nil) {
				return cmp.Compare(as[i], bs[i])
			}
		}
		return cmp.Compare(len(as), len(bs))
	})
	return names
}

// has lists the file's tensors, for an error.
func (f *File) has() string {
	var names []string
	for _, t := range f.tensors {
		names = append(names, fmt.Sprintf("%.40s (%s)", t.Name, dims(t.Shape)))
	}
	return "it has " + list(names)
}

// list is the start of a list of names.
func list(names []string) string {
	const most = 12
	switch more := len(names) - most; {
	case len(names) == 0:
		return "none"
	case more > 0:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), more)
	}
	return strings.Join(names, ", ")
}

func layerNames(layers []planned) string {
	var names []string
	for _, l := range layers {
		names = append(names, l.layer.String())
	}
	return list(names)
}

// turned is a matrix (out, in) as (in, out).
func turned(t checkpoint.Tensor) checkpoint.Tensor {
	if len(t.Shape) != 2 {
		return t // it fits no Dense, and the error of its shape says so
	}
	out, in := t.Shape[0], t.Shape[1]
	t.Shape, t.Data = []int{in, out}, transposed(widen(t.Data), out, in)
	return t
}

func moreVariance(t checkpoint.Tensor) checkpoint.Tensor {
	v := slices.Clone(widen(t.Data))
	for i := range v {
		v[i] += torchEpsilon - normEpsilon
	}
	t.Data = v
	return t
}
