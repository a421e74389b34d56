package models

import (
	"encoding/json"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/stheno/stheno/checkpoint"
	"github.com/stheno/stheno/internal/memory"

	"gorgonia.org/tensor"
)

// The keys of File.About, besides those of Net.About.
const (
	AboutNet           = "net"           // its name
	AboutDType         = "dtype"         // float32 or float64
	AboutInput         = "input"         // the shape of a sample: 784, or 1x28x28
	AboutClasses       = "classes"       // Net.Classes, as a JSON list
	AboutPreprocessing = "preprocessing" // Net.Preprocessing
	AboutTraining      = "training"      // Training.State
	AboutStheno        = "stheno"        // the version of the program that wrote the file
)

// The metadata that tell our files from those of other programs.
const (
	metaFormat  = "format" // ours is "stheno"; other programs write their own name there
	metaVersion = "version"

	ourFormat   = "stheno"
	fileVersion = 1 // of the metadata; files of before have none
)

// trainingPrefix starts the names of a training's tensors.
const trainingPrefix = "training."

// Training is the state of a training, which a file may carry beside its model: package train writes and reads it.
type Training struct {
	State   string              // JSON; "" is none
	Tensors []checkpoint.Tensor // in the file their names start with "training."
}

// Save writes the model as a safetensors file: what it has learned, its parameters and the running statistics of its batch
// normalisations, in the model's float type, under their names, and what it needs to be read again. What is no number is an error,
// and so is too little memory.
func Save(path string, m *Model) error {
	if err := m.RoomToSave(); err != nil {
		return fmt.Errorf("%s: not written: %w", path, err)
	}
	ts, meta, err := contents(m, Training{})
	if err != nil {
		return fmt.Errorf("%s: not written: %w", path, err)
	}
	return checkpoint.Save(path, ts, meta)
}

// Encode is the content of the file that Save writes, with the state of a training, which may be empty.
func Encode(m *Model, t Training) ([]byte, error) {
	ts, meta, err := contents(m, t)
	if err != nil {
		return nil, err
	}
	return checkpoint.Encode(ts, meta)
}

// contents is what a file of the model holds.
func contents(m *Model, training Training) (ts []checkpoint.Tensor, meta map[string]string, err error) {
	params, err := m.Learned()
	if err != nil {
		return nil, nil, err
	}
	for _, p := range params {
		if err := p.Finite(); err != nil {
			return nil, nil, err
		}
		t := checkpoint.Tensor{Name: p.Name, Shape: p.Shape, Data: p.Init}
		if m.DType == tensor.Float32 {
			t.Data = narrow(p.Init)
		}
		ts = append(ts, t)
	}
	for _, t := range training.Tensors {
		t.Name = trainingPrefix + t.Name
		ts = append(ts, t)
	}
	meta, err = m.about()
	if err == nil && training.State != "" {
		meta[AboutTraining] = training.State
	}
	return ts, meta, err
}

// about is what a file says of the model.
func (m *Model) about() (map[string]string, error) {
	meta := map[string]string{metaFormat: ourFormat, metaVersion: strconv.Itoa(fileVersion), AboutNet: m.Net.Name, AboutDType: m.DType.String(), AboutStheno: version()}
	maps.Copy(meta, m.Net.says())
	maps.Copy(meta, m.Net.About)
	if m.Net.Preprocessing != "" {
		meta[AboutPreprocessing] = m.Net.Preprocessing
	}
	if m.Net.Classes != nil {
		classes, err := json.Marshal(m.Net.Classes)
		if err != nil {
			return nil, err
		}
		meta[AboutClasses] = string(classes)
	}
	return meta, nil
}

// says is what a net says of itself, which a file must not contradict.
func (n *Net) says() map[string]string {
	says := map[string]string{AboutInput: dims(n.Sample())}
	maps.Copy(says, n.About)
	delete(says, AboutTrained)
	return says
}

// version is that of the module in the program: "(devel)" where it was built from its sources.
var version = sync.OnceValue(func() string {
	const path = "github.com/stheno/stheno"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if i := slices.IndexFunc(info.Deps, func(d *debug.Module) bool { return d.Path == path }); i >= 0 {
		return info.Deps[i].Version
	}
	return info.Main.Version
})

// RoomToSave is an error where there is no memory for what Save takes for its time: the parameters as float64, then in the model's float
// type, then as the bytes of the file.
func (m *Model) RoomToSave() error {
	if err := memory.Fits(float64(m.Net.Size()) * float64(8+2*m.DType.Size())); err != nil {
		return fmt.Errorf("to save the parameters: %w: take a smaller net", err)
	}
	return nil
}

// dims writes a shape as 1x28x28.
func dims(shape []int) string {
	var parts []string
	for _, d := range shape {
		parts = append(parts, strconv.Itoa(d))
	}
	return strings.Join(parts, "x")
}
