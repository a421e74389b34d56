package mpi

// kind is a library by its binary interface. Intel MPI, MVAPICH and Cray's have MPICH's.
type kind string

const (
	openMPI kind = "Open MPI"
	mpich   kind = "MPICH"
)

// handle is a constant of MPI's: the address of a symbol, or a number.
type handle struct {
	symbol string
	number uintptr
}

// abi is what is different from one kind to the other: the constants that are used here, from each one's mpi.h.
type abi struct {
	kind kind
	mark string // a symbol that only it has
	// pointers: handles are addresses, else C's int.
	pointers bool

	world, float, double, byte, sum, errorsReturn, infoNull handle
	inPlace, shared, statusIgnore                           uintptr
}

var abis = []abi{
	{
		kind: openMPI, mark: "ompi_mpi_comm_world", pointers: true,
		world: handle{symbol: "ompi_mpi_comm_world"}, sum: handle{symbol: "ompi_mpi_op_sum"},
		float: handle{symbol: "ompi_mpi_float"}, double: handle{symbol: "ompi_mpi_double"}, byte: handle{symbol: "ompi_mpi_byte"},
		errorsReturn: handle{symbol: "ompi_mpi_errors_return"}, infoNull: handle{symbol: "ompi_mpi_info_null"},
		inPlace: 1, shared: 0, statusIgnore: 0,
	},
	{
		kind: mpich, mark: "MPIR_Dup_fn",
		world: handle{number: 0x44000000}, sum: handle{number: 0x58000003},
		float: handle{number: 0x4c00040a}, double: handle{number: 0x4c00080b}, byte: handle{number: 0x4c00010d},
		errorsReturn: handle{number: 0x54000001}, infoNull: handle{number: 0x1c000000},
		inPlace: ^uintptr(0), shared: 1, statusIgnore: 1,
	},
}

// serialized is the level of threads that is asked for, MPI_THREAD_SERIALIZED: any thread calls, one at a time.
const serialized = 2

var levels = []string{"MPI_THREAD_SINGLE", "MPI_THREAD_FUNNELED", "MPI_THREAD_SERIALIZED", "MPI_THREAD_MULTIPLE"}
