package cuda

import (
	"fmt"
	"strings"

	"github.com/stheno/stheno/backend/cuda/internal/driver"
	"github.com/stheno/stheno/backend/cuda/kernels"
)

// function is a kernel of one of the files. Files are loaded at their first use.
func (e *Engine) function(module, kernel string) (driver.Function, error) {
	if f, ok := e.functions[kernel]; ok {
		return f, nil
	}
	m, ok := e.modules[module]
	if !ok {
		text, err := kernels.Source(module)
		if err != nil {
			return 0, err
		}
		if m, err = e.load("compile the kernels of "+module, text); err != nil {
			return 0, err
		}
		e.modules[module] = m
	}
	f, err := e.find(m, kernel)
	if err == nil {
		e.functions[kernel] = f
	}
	return f, err
}

func (e *Engine) find(m driver.Module, kernel string) (driver.Function, error) {
	f, err := e.driver.Function(m, kernel)
	return f, explain("find the kernel "+kernel, err)
}

// load has the driver compile PTX. Where it cannot, the error ends with the first line of what its compiler says.
func (e *Engine) load(doing, text string) (driver.Module, error) {
	m, log, err := e.driver.Load(text)
	if err == nil {
		return m, nil
	}
	said, _, _ := strings.Cut(log, "\n")
	if err = explain(doing, err); said != "" {
		err = fmt.Errorf("%w: %s", err, said)
	}
	return 0, err
}
