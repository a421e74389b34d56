package serve

import (
	"fmt"
	"net/http"

	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

const (
	version    = "1" // of each model: a file that is reloaded takes the place of the one before
	inputName  = "input"
	outputName = "output"
	className  = "class"
	bytesType  = "BYTES"
)

// datatypes are the protocol's names of float types.
var datatypes = map[tensor.Dtype]string{tensor.Float32: "FP32", tensor.Float64: "FP64"}

// described is what the protocol says of a tensor. A dimension of −1 is any number.
type described struct {
	Name     string `json:"name"`
	Datatype string `json:"datatype"`
	Shape    []int  `json:"shape"`
}

func (s *Server) about(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, map[string]any{"name": "stheno", "version": models.Version(), "extensions": []string{"binary_tensor_data", "classification"}})
}

func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	s.mu.RLock()
	ready := len(s.models) > 0 && !s.draining.Load()
	s.mu.RUnlock()
	status := http.StatusOK
	if !ready {
		status = http.StatusServiceUnavailable
	}
	reply(w, status, map[string]bool{"ready": ready})
}

func (s *Server) aboutModel(w http.ResponseWriter, _ *http.Request, name string, m *model) {
	net, err := m.prepared()
	if err != nil {
		fail(w, http.StatusInternalServerError, fmt.Errorf("model %s: %w", name, err))
		return
	}
	datatype := datatypes[m.DType()]
	outputs := []described{{outputName, datatype, []int{-1, net.Out}}}
	if net.Classes != nil {
		outputs = append(outputs, described{className, bytesType, []int{-1}})
	}
	reply(w, http.StatusOK, map[string]any{
		"name": name, "versions": []string{version}, "platform": "stheno",
		"inputs":  []described{{inputName, datatype, append([]int{-1}, net.sample(false)...)}},
		"outputs": outputs,
	})
}
