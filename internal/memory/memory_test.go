package memory

import (
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

const gb = 1e9

// TestLeft: the tightest of all limits counts, as the system's files say them.
func TestLeft(t *testing.T) {
	meminfo := "MemTotal:       8000000 kB\nMemFree:         100000 kB\nMemAvailable:   4000000 kB\nSwapTotal:      1000000 kB\nSwapFree:        500000 kB\n"
	for _, c := range []struct {
		what  string
		files map[string]string
		bits  int
		want  float64
		of    string
	}{
		{"no files, as on other systems", nil, 64, math.Inf(1), ""},
		{"the machine", map[string]string{"proc/meminfo": meminfo}, 64, 4500000 * 1024, "the machine's 9.22 GB"},
		{"no end", map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "max\n",
			"sys/fs/cgroup/a/memory.current": "1000\n", "proc/self/limits": "Max address space         unlimited            unlimited            bytes\n"},
			64, 4500000 * 1024, "the machine's 9.22 GB"},
		{"version 2", map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "3000000000\n",
			"sys/fs/cgroup/a/b/memory.current": "2000000000\n", "sys/fs/cgroup/a/b/memory.stat": "anon 1500000000\nfile 500000000\n"},
			64, 1.5 * gb, "the 3.00 GB of the control group"},
		{"a group around it", map[string]string{"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "3000000000\n",
			"sys/fs/cgroup/a/b/memory.current": "0\n", "sys/fs/cgroup/a/memory.max": "2000000000\n", "sys/fs/cgroup/a/memory.current": "1500000000\n"},
			64, 0.5 * gb, "the 2.00 GB of the control group"},
		{"in a container", map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "1000000000\n",
			"sys/fs/cgroup/memory.current": "400000000\n"}, 64, 0.6 * gb, "the 1.00 GB of the control group"},
		{"version 1", map[string]string{"proc/self/cgroup": "5:cpu:/c\n4:memory:/a\n0::/\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "2000000000\n",
			"sys/fs/cgroup/memory/a/memory.usage_in_bytes": "500000000\n", "sys/fs/cgroup/memory/a/memory.stat": "cache 1\ntotal_cache 100000000\n"},
			64, 1.6 * gb, "the 2.00 GB of the control group"},
		{"address space", map[string]string{"proc/meminfo": meminfo, "proc/self/status": "VmSize:\t 1000000 kB\n",
			"proc/self/limits": "Limit                     Soft Limit           Hard Limit           Units\nMax address space         3000000000           unlimited            bytes\n"},
			64, 3*gb - 1000000*1024 - spare, "the 3.00 GB of the process's limit of address space"},
		{"a 32-bit program", map[string]string{"proc/meminfo": meminfo, "proc/self/status": "VmSize:\t 1000000 kB\n"}, 32, 1<<32 - 1000000*1024 - spare, "the 4.29 GB that a 32-bit program can address"},
		{"more than there is", map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "1000\n",
			"sys/fs/cgroup/memory.current": "2000\n"}, 64, 0, "the 0.00 GB of the control group"},
	} {
		root := t.TempDir()
		for name, content := range c.files {
			file := filepath.Join(root, name)
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := left(root, c.bits, 0); got.bytes != c.want || got.of != c.of {
			t.Errorf("%s: %v bytes are left of %q, want %v of %q", c.what, got.bytes, got.of, c.want, c.of)
		}
	}
}

// TestUntouched: memory that the program has and has not touched is no longer left, though the system does not count it yet.
func TestUntouched(t *testing.T) {
	if runtime.GOOS != "linux" || strconv.IntSize == 32 {
		t.Skip("this system does not tell how much memory is left, or has no room to try")
	}
	large := int64(1) << 33
	before := left("/", 64, heap()-resident("/"))
	if before.bytes < 3*float64(large) {
		t.Skip("there is too little memory to try")
	}
	zeros := make([]byte, large)
	after := left("/", 64, heap()-resident("/"))
	if taken := before.bytes - after.bytes; taken < 0.8*float64(large) || taken > 1.2*float64(large) {
		t.Errorf("%d bytes that are not touched leave %v less", large, taken)
	}
	runtime.KeepAlive(zeros)
}

// TestFits: what is small fits without a look; more than any machine has does not, where the system tells.
func TestFits(t *testing.T) {
	if err := Fits(1 << 20); err != nil {
		t.Error(err)
	}
	err := Fits(1e18)
	if runtime.GOOS == "linux" && (err == nil || !strings.HasPrefix(err.Error(), "1000000000.00 GB of memory are needed, and ") || strings.Contains(err.Error(), "\n")) {
		t.Errorf("error %v", err)
	}
}
