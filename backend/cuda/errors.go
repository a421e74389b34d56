package cuda

import (
	"errors"
	"fmt"

	"github.com/stheno/stheno/backend/cuda/internal/driver"
)

// advice says, for what the driver answers, what a user can do. The numbers are those of CUresult in cuda.h.
var advice = map[int]string{
	2:               "the GPU's memory is full: use a smaller batch or net, or end other programs on it (nvidia-smi lists them)",
	3:               "the driver could not start: run nvidia-smi, which says why",
	34:              "this program runs with the toolkit's stub instead of the driver: take stubs out of LD_LIBRARY_PATH",
	46:              "the GPU is in use by another program that does not share it, or is not there: nvidia-smi shows its mode",
	driver.NoDevice: "no GPU: the driver finds none (nvidia-smi lists them; CUDA_VISIBLE_DEVICES may hide them): use -backend=go or -backend=blas",
	200:             "the driver does not take the kernels: " + update,
	209:             "the GPU is too old: it needs compute capability 7.0 or newer (Volta, 2017)",
	214:             "the GPU's memory has an error that cannot be corrected: restart the machine",
	218:             "the driver's compiler does not take the kernels: " + update,
	221:             "the driver's compiler libnvidia-ptxjitcompiler is missing: install the whole driver; in a container, give it the capability compute",
	222:             "the driver is too old for the kernels: " + update,
	700:             "a kernel read or wrote outside of its memory, which is a bug in Stheno: report it with the program that Explain prints",
	702:             "the GPU took too long and was stopped: it also drives a display, or a smaller batch is needed",
	715:             "a kernel did something that the GPU does not know, which is a bug in Stheno: report it with the program that Explain prints",
	719:             "the GPU stopped while it ran a kernel: start the program again",
	802:             "the driver is not ready: wait until the machine has started completely",
	803:             "the driver's parts are of different versions: restart the machine",
	804:             "the CUDA compatibility package does not support this GPU: remove it from LD_LIBRARY_PATH",
	999:             "the driver is in a broken state: restart the machine, or unload and load the kernel module nvidia_uvm",
}

const update = "update the NVIDIA driver to 525 or newer"

// explain makes one line of a driver's error: what was to be done, what the driver says, what to do.
func explain(doing string, err error) error {
	if err == nil {
		return nil
	}
	var d *driver.Error
	if !errors.As(err, &d) {
		return fmt.Errorf("cuda: %s: %w", doing, err)
	}
	text, ok := advice[d.Code]
	if !ok {
		text = d.Text
	}
	return &driverError{fmt.Sprintf("cuda: %s: %s (CUDA error %d)", doing, text, d.Code), err}
}

// explained explains an error unless that was done where it occurred.
func explained(doing string, err error) error {
	if e := (*driverError)(nil); errors.As(err, &e) {
		return err
	}
	return explain(doing, err)
}

// firstError keeps the first error of calls that are all to be made: a user gets one line.
type firstError struct{ err error }

func (f *firstError) add(err error) {
	if f.err == nil {
		f.err = err
	}
}

// driverError keeps the driver's own error for errors.Is.
type driverError struct {
	text string
	err  error
}

func (e *driverError) Error() string { return e.text }
func (e *driverError) Unwrap() error { return e.err }
