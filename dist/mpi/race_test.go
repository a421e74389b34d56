//go:build race

package mpi

// raceDetector reports whether the race detector is at work: it empties every sync.Pool now and then, also the foreign calls' own.
const raceDetector = true
