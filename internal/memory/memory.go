// Package memory says whether there is memory for something large before it is taken: Go ends a process that asks for more.
package memory

import (
	"fmt"
	"math"
	"os"
	"path"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
)

// small is what is not worth a look, in bytes, and spare is address space that stays for what is small, for what Go keeps for itself
// and for the stacks of threads.
const (
	small = 64 << 20
	spare = 128 << 20
)

// Fits is nil where so many bytes can be had beside what the program has already, or where the system does not tell. The error says how
// many there are, and what limits them.
func Fits(bytes float64) error {
	if bytes < small || left("/", strconv.IntSize, heap()).bytes >= bytes { // as if nothing of the heap had been touched
		return nil
	}
	debug.FreeOSMemory() // what is garbage is no longer in use
	if l := left("/", strconv.IntSize, heap()-resident("/")); l.bytes < bytes {
		return fmt.Errorf("%s of memory are needed, and %s are left of %s", gigabytes(bytes), gigabytes(l.bytes), l.of)
	}
	return nil
}

// heap is how much the program has taken from Go. The system gives memory only when it is touched, and counts it then: of what is
// zero yet, such as the memory of a program that has not run, it knows nothing.
func heap() float64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return float64(sample[0].Value.Uint64())
}

// resident is how much memory of its own the process has touched.
func resident(root string) float64 { return 1024 * fields(root, "proc/self/status").or("RssAnon:", 0) }

func gigabytes(n float64) string { return strconv.FormatFloat(n/1e9, 'f', 2, 64) + " GB" }

// limit is how many bytes are left, and of what.
type limit struct {
	bytes float64
	of    string
}

// left is the tightest limit. The system's files are those below root; an address has so many bits; so many bytes that the program has
// are not touched.
func left(root string, bits int, untouched float64) limit {
	limits := append(cgroups(root), machine(root))
	for i := range limits {
		limits[i].bytes -= max(untouched, 0)
	}
	least := limit{bytes: math.Inf(1)}
	for _, l := range append(limits, address(root), pointers(root, bits)) {
		if l.bytes < least.bytes {
			least = l
		}
	}
	least.bytes = max(least.bytes, 0)
	return least
}

// machine is what the machine has without taking it from another process.
func machine(root string) limit {
	f := fields(root, "proc/meminfo")
	return limit{1024 * (f.or("MemAvailable:", math.Inf(1)) + f.or("SwapFree:", 0)), "the machine's " + gigabytes(1024*(f.or("MemTotal:", 0)+f.or("SwapTotal:", 0)))}
}

// address is what `ulimit -v` leaves.
func address(root string) limit {
	most := math.Inf(1)
	for _, line := range strings.Split(read(root, "proc/self/limits"), "\n") {
		if after, ok := strings.CutPrefix(line, "Max address space"); ok {
			most = number(strings.Fields(after + " unlimited")[0])
		}
	}
	return limit{most - addressed(root) - spare, "the " + gigabytes(most) + " of the process's limit of address space"}
}

// pointers is what they leave to address.
func pointers(root string, bits int) limit {
	if bits > 32 {
		return limit{bytes: math.Inf(1)} // more than any machine has
	}
	return limit{1<<32 - addressed(root) - spare, "the 4.29 GB that a 32-bit program can address"}
}

// addressed is how much address space the process has taken.
func addressed(root string) float64 { return 1024 * fields(root, "proc/self/status").or("VmSize:", 0) }

// controllers are the two versions of control groups: where a group's files are, and what they are called.
var controllers = []struct{ mount, most, used, cache string }{
	{"sys/fs/cgroup", "memory.max", "memory.current", "file"},
	{"sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_cache"},
}

// cgroups are the limits of the process's control groups and of all that those are in. Files that the system keeps for later count
// to a group's memory, but it can do without them.
func cgroups(root string) (limits []limit) {
	for _, line := range strings.Split(read(root, "proc/self/cgroup"), "\n") {
		_, group, _ := strings.Cut(line, ":")
		names, group, ok := strings.Cut(group, ":")
		version := controllers[0]
		if names != "" {
			version = controllers[1]
		}
		if !ok || names != "" && names != "memory" {
			continue
		}
		for dir := path.Clean("/" + group); ; dir = path.Dir(dir) {
			at := path.Join(version.mount, dir)
			if most := number(read(root, path.Join(at, version.most))); !math.IsInf(most, 1) {
				used := number(read(root, path.Join(at, version.used))) - fields(root, path.Join(at, "memory.stat")).or(version.cache, 0)
				limits = append(limits, limit{most - used, "the " + gigabytes(most) + " of the control group"})
			}
			if dir == "/" {
				break
			}
		}
	}
	return limits
}

// table is the first number of each line of a file, by its first word.
type table map[string]float64

func fields(root, file string) table {
	t := table{}
	for _, line := range strings.Split(read(root, file), "\n") {
		if f := strings.Fields(line); len(f) > 1 {
			t[f[0]] = number(f[1])
		}
	}
	return t
}

// or is a number of the table, or another where there is none.
func (t table) or(name string, other float64) float64 {
	if n, ok := t[name]; ok {
		return n
	}
	return other
}

// read is a file of the system's; empty where there is none.
func read(root, file string) string {
	content, err := os.ReadFile(path.Join(root, file))
	if err != nil {
		return ""
	}
	return string(content)
}

// number reads a limit; what is none, such as "max" or "unlimited", has no end.
func number(s string) float64 {
	n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil {
		return math.Inf(1)
	}
	return n
}
