package main

import (
	"math"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"stheno/bench/peak"
	"stheno/bench/report"
	"stheno/blas/native"
	"stheno/blas/openblas"
)

// machine says what the run is made on.
func machine(env []string) report.Machine {
	m := report.Machine{
		CPU: cpuinfo("model name"), Cores: runtime.NumCPU(), Kernels: native.CPU(), BLAS: "none", MaxProc: runtime.GOMAXPROCS(0),
		Date: time.Now().Format("2006-01-02 15:04"), Command: commandLine(), Commit: commit(), Env: env, Go: runtime.Version(),
	}
	if m.CPU == "" {
		m.CPU = runtime.GOARCH
	}
	for _, f := range strings.Fields(cpuinfo("flags") + " " + cpuinfo("Features")) {
		if slices.Contains([]string{"avx", "avx2", "fma", "avx512f", "avx512vl", "avx512_bf16", "amx_tile", "asimd", "sve"}, f) {
			m.Flags = append(m.Flags, f)
		}
	}
	if lib, err := openblas.Open(); err == nil {
		m.BLAS = strings.TrimSpace(lib.Config())
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Load = strings.Join(strings.Fields(string(load))[:3], " ")
	}
	for bits, dtype := range map[int]string{32: "float32", 64: "float64"} {
		one, with, err := peak.Measure(1, bits)
		if err != nil {
			continue
		}
		together, _, _ := peak.Measure(all(), bits)
		m.Peak = append(m.Peak, report.Peak{DType: dtype, With: with, One: round(one), All: round(together)})
	}
	slices.SortFunc(m.Peak, func(a, b report.Peak) int { return strings.Compare(a.DType, b.DType) })
	return m
}

func round(gflops float64) float64 { return math.Round(gflops*10) / 10 }

// commandLine is what a user types.
func commandLine() string {
	return strings.Join(append([]string{"go run ./bench/compare"}, os.Args[1:]...), " ")
}

// commit is the source's, with +dirty where files differ from it.
func commit() string {
	id, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	s := strings.TrimSpace(string(id))
	if changes, err := exec.Command("git", "status", "--porcelain").Output(); err != nil || len(changes) > 0 {
		s += "+dirty"
	}
	return s
}

// cpuinfo is the first value of a line of /proc/cpuinfo; empty where there is none.
func cpuinfo(key string) string {
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
