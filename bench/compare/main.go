// Command compare times Stheno's engines against other programs that do the same work, in turn, in one run, and prints
// ratios. What the machine lacks is named, with the package that brings it.
//
//	go run ./bench/compare            everything, some minutes
//	go run ./bench/compare -quick     fewer rounds
//	go run ./bench/compare -out FILE  the same tables as Markdown
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"stheno/bench"

	"gorgonia.org/tensor"
)

func main() {
	quick := flag.Bool("quick", false, "fewer rounds")
	out := flag.String("out", "", "also write the tables to this Markdown file")
	flag.Parse()
	if err := run(*quick, *out); err != nil {
		fmt.Fprintf(os.Stderr, "compare: %v\n", err)
		os.Exit(2)
	}
}

func run(quick bool, out string) error {
	rounds := 9
	if quick {
		rounds = 3
	}
	var text strings.Builder
	w := io.MultiWriter(os.Stdout, &text)
	peers, err := findPeers()
	if err != nil {
		return err
	}
	defer peers.close()
	fmt.Fprintf(w, "%s, %d cores, %s, %s\n\n", cpuName(), runtime.NumCPU(), runtime.Version(), time.Now().Format("2006-01-02"))
	for _, m := range peers.missing {
		fmt.Fprintf(w, "left out: %s\n", m)
	}
	jobs := []struct {
		title string
		job   bench.Job
		steps int
		tape  bool
	}{
		{"The main job: 784-50-10, batch 100, float32; gradient, update, loss", bench.Main, 300, true},
		{"784-50-10, batch 100, float64", bench.Job{Hidden: []int{50}, Batch: 100, DType: tensor.Float64}, 200, false},
		{"784-512-10, batch 100, float32", bench.Job{Hidden: []int{512}, Batch: 100, DType: tensor.Float32}, 60, false},
		{"784-1024-10, batch 1024, float32", bench.Job{Hidden: []int{1024}, Batch: 1024, DType: tensor.Float32}, 6, false},
	}
	for _, j := range jobs {
		entries, closeAll := peers.entries(j.job, j.steps, j.tape)
		t := measure(j.title, "ms a step", entries, rounds)
		closeAll()
		t.print(w)
	}
	evaluations := 79520 // two for each of the 39,760 parameters
	if quick {
		evaluations = 2000
	}
	entries, closeAll := peers.numerical(evaluations)
	title := fmt.Sprintf("The numerical gradient: 784-50-10, batch 100, float64; %d loss evaluations, the time of one", evaluations)
	measure(title, "µs", entries, 3).print(w)
	closeAll()
	if err := peers.gemmTable(w, rounds); err != nil {
		return err
	}
	if err := whole(w, quick); err != nil {
		return err
	}
	if out == "" {
		return nil
	}
	return os.WriteFile(out, []byte(text.String()), 0o644)
}

// cpuName is what the machine calls its processor.
func cpuName() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for _, line := range strings.Split(string(info), "\n") {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				return strings.TrimSpace(value)
			}
		}
	}
	return runtime.GOARCH
}
