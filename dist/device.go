package dist

// Device is numbers in the memory of a GPU, by their address there.
type Device struct {
	Pointer uintptr
	Len     int
	Double  bool // float64 instead of float32
}

// DeviceSummer is a Group that may add up numbers where they are, in the memory of the processes' GPUs.
type DeviceSummer interface {
	// CUDA reports whether it does so with GPUs of NVIDIA's, in all processes: then SumDevice is no error.
	CUDA() bool
	// SumDevice is Sum of numbers in a GPU's memory. Their bits depend on the connection's library: it adds them up in an order of its own.
	// Where the operation is started, the GPU's context must be current on the thread, and whatever was to write to x be done. It has ended
	// when Start returns, which waits for the other processes, and does not notice that one is gone.
	SumDevice(x Device) (Operation, error)
}
