package cpu

import (
	"slices"
	"unsafe"
)

// Scratch memory belongs to a program and to a worker; kernels of one task run one after another and share it.

func (c *compiler[T]) allocScratch() {
	workers := c.engine.pool.workers
	c.exec.scratch, c.exec.local, c.exec.integers = make([][]T, workers), make([][]T, workers), make([][]int32, workers)
}

// scratch reserves n elements for each worker and gives the way to them. The memory grows while the program is
// compiled and is fixed when it runs.
func (c *compiler[T]) scratch(n int) func(worker int) []T {
	mem := c.exec.scratch
	for w := range mem {
		if len(mem[w]) < n {
			mem[w] = make([]T, n)
		}
	}
	return func(worker int) []T { return mem[worker] }
}

// integers is scratch for n integers.
func (c *compiler[T]) integers(n int) func(worker int) []int32 {
	mem := c.exec.integers
	for w := range mem {
		if len(mem[w]) < n {
			mem[w] = make([]int32, n)
		}
	}
	return func(worker int) []int32 { return mem[worker] }
}

// Beside is the bytes of scratch memory and of what is prepared for instructions.
func (x *exec[T]) Beside() int {
	n := 0
	for _, s := range slices.Concat(x.scratch, x.local) {
		n += len(s) * int(unsafe.Sizeof(T(0)))
	}
	for _, s := range x.integers {
		n += 4 * len(s)
	}
	for _, p := range x.prepared {
		n += p.made.Bytes()
	}
	for _, s := range x.skips {
		n += s.Bytes()
	}
	for _, r := range x.rows {
		n += r.Bytes()
	}
	return n
}
