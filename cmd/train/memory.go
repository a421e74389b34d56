package main

import (
	"math"
	"os"
	"strconv"
	"strings"
)

// peakMemoryMB is the most memory that this process has had resident, in units of 10⁶ bytes; NaN where the system does
// not tell.
func peakMemoryMB() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return math.NaN()
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(after)
	if len(fields) == 0 {
		return math.NaN()
	}
	kib, err := strconv.ParseFloat(fields[0], 64)
	if err != nil {
		return math.NaN()
	}
	return kib * 1024 / 1e6
}
