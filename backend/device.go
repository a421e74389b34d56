package backend

// Stager is a Buffer of memory that is not the host's, which the engine copies to and from some of the host's memory faster than others.
type Stager interface {
	// Stage is a new slice for Write and Read, in such memory as far as there is some. It is the caller's, and can be used also when the buffer
	// is freed or the engine closed; it is then memory as any other.
	Stage() any
}

// Lender is a Buffer of an NVIDIA GPU's memory, which others than the engine can work on where it is.
type Lender interface {
	// Address is where it is, as the driver says it.
	Address() uintptr
	// Lend calls f once the engine has done all that it was told to do, on a thread on which the GPU's context is current. While f runs the
	// engine does nothing: f has the memory of all its buffers for itself, must be through with it when it returns, and must not call the engine.
	Lend(f func() error) error
}
