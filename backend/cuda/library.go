package cuda

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/stheno/stheno/backend/cuda/emit"
	"github.com/stheno/stheno/backend/cuda/internal/driver"
	"github.com/stheno/stheno/ir"
)

// Large products are cuBLAS's. It is loaded when a program has one.

// blas is cuBLAS with what it needs on the GPU.
type blas struct {
	driver.BLAS
	workspace driver.Memory
	constants [2]driver.Memory // 1 and 0 of each type
}

// workspace is what NVIDIA advises for the newest GPUs, in bytes.
const workspace = 32 << 20

var errNoLibrary = errors.New("cuda: cuBLAS, which large products need, is not on this machine: install it (Debian and Ubuntu: libcublas-12 or libcublas-13 from NVIDIA's packages; pip: nvidia-cublas), or put its folder into LD_LIBRARY_PATH")

// library is cuBLAS, loaded at the first call.
func (e *Engine) library() (*blas, error) {
	if e.blas != nil {
		return e.blas, nil
	}
	b := &blas{}
	if err := b.start(e); err != nil {
		_ = b.close(e) // the first error is the one to report
		return nil, err
	}
	e.blas = b
	return b, nil
}

func (b *blas) start(e *Engine) (err error) {
	if b.workspace, err = e.alloc(workspace); err != nil {
		return err
	}
	singles, doubles := [2]float32{1, 0}, [2]float64{1, 0}
	for dt, from := range [2]unsafe.Pointer{ir.Float32: unsafe.Pointer(&singles), ir.Float64: unsafe.Pointer(&doubles)} {
		bytes := 2 * ir.DType(dt).Bytes()
		if b.constants[dt], err = e.alloc(bytes); err != nil {
			return err
		}
		if err := e.driver.Upload(b.constants[dt], from, bytes, e.stream); err != nil {
			return explain("copy constants to the GPU", err)
		}
	}
	b.BLAS, err = e.driver.OpenBLAS(e.stream, b.workspace, workspace)
	if errors.Is(err, driver.ErrNoBLAS) {
		return errNoLibrary
	}
	if err != nil {
		return fmt.Errorf("cuda: %w", err)
	}
	return nil
}

func (b *blas) close(e *Engine) error {
	var errs firstError
	if b.BLAS != nil {
		errs.add(b.BLAS.Close())
	}
	for _, at := range append(b.constants[:], b.workspace) {
		errs.add(e.free(at))
	}
	return errs.err
}

// product is a call of cuBLAS: C = s·op(A)·op(B) + C, or C = op(A)·op(B).
type product struct {
	b    *blas
	call driver.Product
	what string
}

// product takes an instruction's arguments as emit gives them. Column-major Cᵀ = op(B)ᵀ·op(A)ᵀ is row-major C = op(A)·op(B).
func (c *compiler) product(s *emit.Launch) (*product, error) {
	b, err := c.e.library()
	if err != nil {
		return nil, err
	}
	l, dt := s.Product, c.p.DType
	factor, sum := b.constants[dt], b.constants[dt]+driver.Memory(dt.Bytes())
	if l.Factor >= 0 {
		factor, sum = c.exec.at[l.Factor], b.constants[dt]
	}
	lda, ldb := l.K, l.N
	if l.TransA {
		lda = l.M
	}
	if l.TransB {
		ldb = l.K
	}
	return &product{b, driver.Product{Double: dt == ir.Float64, TF32: c.e.tf32, TransA: l.TransB, TransB: l.TransA, M: l.N, N: l.M, K: l.K,
		Alpha: factor, A: c.exec.at[l.B], LDA: ldb, B: c.exec.at[l.A], LDB: lda, Beta: sum, C: c.exec.at[l.C], LDC: l.N}, s.Describe(c.p)}, nil
}

func (p *product) do(*Engine) error { return p.b.Multiply(p.call) }

func (p *product) String() string { return p.what }
