package report

import (
	"os"
	"strings"
)

// CPUInfo is the first value of a line of /proc/cpuinfo; empty where there is none.
func CPUInfo(key string) string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for l := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(name) == key {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
