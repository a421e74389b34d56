//go:build cuda

package cuda

import (
	"embed"
	"fmt"

	"gorgonia.org/cu"
)

//go:generate sh -c "python3 kernels/compile.py \"${NVRTC:-libnvrtc.so.12}\""

// The kernels as PTX for compute capability 7.0, which the driver compiles for the GPU at hand: running needs nothing else.
//
//go:embed kernels/*.ptx
var files embed.FS

// source is the PTX of a module.
func source(name string) (string, error) {
	text, err := files.ReadFile("kernels/" + name + ".ptx")
	return string(text), err
}

// function is a kernel of one of the files. Files are loaded at their first use.
func (e *Engine) function(module, kernel string) (cu.Function, error) {
	if f, ok := e.functions[kernel]; ok {
		return f, nil
	}
	m, ok := e.modules[module]
	if !ok {
		text, err := source(module)
		if err != nil {
			return cu.Function{}, err
		}
		if m, err = cu.LoadData(text); err != nil {
			return cu.Function{}, explain("load the kernels of "+module, err)
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
