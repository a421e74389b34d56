package main

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stheno/stheno/bench/peak"
	"github.com/stheno/stheno/bench/report"
	"github.com/stheno/stheno/blas/native"
	"github.com/stheno/stheno/blas/openblas"
	"github.com/stheno/stheno/ir"
)

// machine says what the run is made on.
func machine(env []string) report.Machine {
	m := report.Machine{
		CPU: report.CPUInfo("model name"), Cores: runtime.NumCPU(), Kernels: native.CPU(), BLAS: "none", MaxProc: runtime.GOMAXPROCS(0),
		Date: time.Now().Format("2006-01-02 15:04"), Command: commandLine(), Commit: commit(), Env: env, Go: runtime.Version(),
	}
	if m.CPU == "" {
		m.CPU = runtime.GOARCH
	}
	for _, f := range strings.Fields(report.CPUInfo("flags") + " " + report.CPUInfo("Features")) {
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
	m.Busy = 1
	for range 5 { // what has just been compiled may still be written to the disk
		m.Busy = min(m.Busy, busy(300*time.Millisecond))
	}
	return m
}

// peaks measures the FMA peaks again and keeps the best: others may have used the machine the last time. If they do now, it
// says so: what was timed just before is in doubt, too.
func (c *comparer) peaks(when string) {
	m := &c.Machine
	share := 1.0
	for _, dt := range []ir.DType{ir.Float32, ir.Float64} {
		bits, dtype := 8*dt.Bytes(), dt.String()
		one, err := peak.Measure(1, bits)
		if err != nil {
			return
		}
		together, _ := peak.Measure(all(), bits)
		if together.Disturbed() {
			share = min(share, together.Share)
		}
		at := slices.IndexFunc(m.Peak, func(p report.Peak) bool { return p.DType == dtype })
		if at < 0 {
			at = len(m.Peak)
			m.Peak = append(m.Peak, report.Peak{DType: dtype, With: one.With})
		}
		p := &m.Peak[at]
		p.One = max(p.One, round(one.GFLOPS))
		if now := round(together.GFLOPS); now > p.All {
			p.All, p.Share = now, together.Share
		}
	}
	if share < 1 {
		m.Disturbed = append(m.Disturbed, fmt.Sprintf("%s: the measurement of the peak got %.0f %% of the cores' time", when, 100*share))
		fmt.Fprintf(c.tell, "WARNING: others used the machine %s\n\n", m.Disturbed[len(m.Disturbed)-1])
	}
}

// busy is the share of all cores' time that others use while we sleep; 0 where the system does not tell.
func busy(d time.Duration) float64 {
	total, idle := ticks()
	time.Sleep(d)
	totalAfter, idleAfter := ticks()
	if totalAfter == total {
		return 0
	}
	return 1 - (idleAfter-idle)/(totalAfter-total)
}

// ticks are those of all cores since the machine was started, and those of them in which they were idle or waited for a disk.
func ticks() (total, idle float64) {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0
	}
	for i, field := range strings.Fields(firstLine(string(stat))) {
		n, _ := strconv.ParseFloat(field, 64) // 0 for the line's name
		if total += n; i == 4 || i == 5 {
			idle += n
		}
	}
	return total, idle
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
