//go:build !openblas

package main

// useBLAS leaves Gorgonia its default, gonum's.
func useBLAS(int) (string, error) { return "gonum", nil }
