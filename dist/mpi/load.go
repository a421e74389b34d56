//go:build !static && (darwin || (linux && (cgo || 386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64)))

package mpi

import (
	"bytes"
	"fmt"
	"strings"
	"unsafe"

	"github.com/stheno/stheno/internal/loader"

	"github.com/ebitengine/purego"
)

// entries are the functions that a library must have.
var entries = []string{
	"MPI_Init_thread", "MPI_Finalize", "MPI_Abort", "MPI_Comm_set_errhandler", "MPI_Comm_dup", "MPI_Comm_split_type", "MPI_Comm_rank",
	"MPI_Comm_size", "MPI_Get_library_version", "MPI_Error_string", "MPI_Allreduce", "MPI_Iallreduce", "MPI_Isend", "MPI_Irecv", "MPI_Ibcast",
	"MPI_Ibarrier", "MPI_Test",
}

// optional are functions that some have: those of memory that processes share, of MPI 3.
var optional = []string{"MPI_Win_allocate_shared", "MPI_Win_shared_query", "MPI_Win_free"}

// library is an MPI library in memory.
type library struct {
	abi
	path  string
	at    map[string]uintptr
	cuda  uintptr // MPIX_Query_cuda_support, 0 if it has none
	value map[handle]uintptr
}

// load loads the first of the libraries that has what is called here. Its symbols are global: Open MPI's plugins look for them. The error
// says of each library why it was not taken.
func load(names []string) (*library, error) {
	l, err := loader.First(names, purego.RTLD_NOW|purego.RTLD_GLOBAL, take)
	if err != nil {
		return nil, fmt.Errorf("no MPI library can be loaded: install one (%s) or give its path; tried %w", packages, err)
	}
	return l, nil
}

// take takes what is called of a library, or says the first thing that it lacks.
func take(name string, file uintptr) (l *library, why string) {
	l = &library{path: name, at: map[string]uintptr{}, value: map[handle]uintptr{}}
	symbol := func(name string) uintptr {
		at, err := purego.Dlsym(file, name)
		if err != nil && why == "" {
			why = "has no " + name
		}
		return at
	}
	for _, entry := range entries {
		l.at[entry] = symbol(entry)
	}
	if why != "" {
		return nil, why
	}
	for _, a := range abis {
		if _, err := purego.Dlsym(file, a.mark); err == nil {
			l.abi = a
			break
		}
	}
	if l.kind == "" {
		return nil, "has the binary interface of neither Open MPI nor MPICH"
	}
	for _, h := range []handle{l.world, l.float, l.double, l.byte, l.sum, l.errorsReturn, l.infoNull} {
		if l.value[h] = h.number; h.symbol != "" {
			l.value[h] = symbol(h.symbol)
		}
	}
	if why != "" {
		return nil, why
	}
	for _, entry := range optional {
		l.at[entry], _ = purego.Dlsym(file, entry)
	}
	l.cuda, _ = purego.Dlsym(file, "MPIX_Query_cuda_support")
	return l, ""
}

// call calls one of the entries, with what its arguments point to kept in its place meanwhile.
//
//go:uintptrescapes
func (l *library) call(name string, args ...uintptr) error {
	code, _, _ := purego.SyscallN(l.at[name], args...)
	return l.failure(name, code)
}

// failure is the error of what a function has returned, in the library's words.
func (l *library) failure(name string, code uintptr) error {
	if int32(code) == 0 {
		return nil
	}
	text, length := make([]byte, 8192), new(int32)
	purego.SyscallN(l.at["MPI_Error_string"], code, uintptr(unsafe.Pointer(&text[0])), uintptr(unsafe.Pointer(length)))
	return fmt.Errorf("%s: %s", name, strings.Join(strings.Fields(cString(text)), " "))
}

// version is what the library says of itself.
func (l *library) version() string {
	text, length := make([]byte, 16384), new(int32) // MPICH's is up to 8192 long
	if l.call("MPI_Get_library_version", uintptr(unsafe.Pointer(&text[0])), uintptr(unsafe.Pointer(length))) != nil {
		return string(l.kind)
	}
	return shortVersion(cString(text))
}

// String is its version and where it is from.
func (l *library) String() string { return l.version() + " (" + l.path + ")" }

func cString(text []byte) string {
	text, _, _ = bytes.Cut(text, []byte{0})
	return string(text)
}

// handleAt reads a handle that the library has written.
func (l *library) handleAt(p *uintptr) uintptr {
	if l.pointers {
		return *p
	}
	return uintptr(*(*uint32)(unsafe.Pointer(p)))
}

// number is a function of a communicator that gives one number.
func (l *library) number(name string, comm uintptr) (int, error) {
	n := new(int32)
	err := l.call(name, comm, uintptr(unsafe.Pointer(n)))
	return int(*n), err
}
