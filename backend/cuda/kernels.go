//go:build cuda

package cuda

import (
	"fmt"
	"strings"

	"github.com/stheno/stheno/backend/cuda/kernels"

	"gorgonia.org/cu"
)

// function is a kernel of one of the files. Files are loaded at their first use.
func (e *Engine) function(module, kernel string) (cu.Function, error) {
	if f, ok := e.functions[kernel]; ok {
		return f, nil
	}
	m, ok := e.modules[module]
	if !ok {
		text, err := kernels.Source(module)
		if err != nil {
			return cu.Function{}, err
		}
		if m, err = load("compile the kernels of "+module, text); err != nil {
			return cu.Function{}, err
		}
		e.modules[module] = m
	}
	f, err := m.Function(kernel)
	if err != nil {
		return f, explain(fmt.Sprintf("find the kernel %s in %s", kernel, module), err)
	}
	e.functions[kernel] = f
	return f, nil
}

// load has the driver compile PTX. Where it cannot, the error ends with the first line of what its compiler says.
func load(doing, text string) (cu.Module, error) {
	m, err := cu.LoadData(text)
	if err == nil {
		return m, nil
	}
	log := &cu.JITErrorLogBuffer{Buffer: make([]byte, 4096)}
	if m, err := cu.LoadDataEx(text, log); err == nil {
		return m, nil
	}
	said, _, _ := strings.Cut(strings.TrimRight(string(log.Buffer), "\x00"), "\n")
	if err = explain(doing, err); said != "" {
		err = fmt.Errorf("%w: %s", err, said)
	}
	return m, err
}
