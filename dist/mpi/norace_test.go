//go:build !race

package mpi

// raceDetector reports whether the race detector is at work.
const raceDetector = false
