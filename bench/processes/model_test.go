package main

import (
	"math"
	"os"
	"strings"
	"testing"
)

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(math.Abs(a), math.Abs(b), 1e-9) }

// TestSumOfModel: α and β count as dist.NewTree's messages do.
func TestSumOfModel(t *testing.T) {
	for _, c := range []struct {
		on                 network
		numbers, processes int
		want               float64 // ms
	}{
		{network{alpha: 10}, 1, 8, 0.030},                      // three exchanges
		{network{alpha: 10}, short, 8, 0.060},                  // six
		{network{beta: 1}, 1000, 4, 0.008},                     // twice 4,000 bytes
		{network{beta: 1}, 1_000_000, 4, 6},                    // 2, 1, 1 and 2 MB
		{network{alpha: 10, beta: 1}, 1_000_000, 2, 4 + 0.020}, // 2 and 2 MB
	} {
		if got := c.on.sum(c.numbers, c.processes); !near(got, c.want) {
			t.Errorf("%d numbers over %d processes, %+v: %v ms, want %v", c.numbers, c.processes, c.on, got, c.want)
		}
	}
	on := network{alpha: 7, beta: 0.3}
	numbers := int(on.patient(16) / 4)
	latency := network{alpha: on.alpha}.sum(numbers, 16)
	if share := latency / on.sum(numbers, 16); math.Abs(share-0.1) > 1e-3 {
		t.Errorf("latency is %v of the time, want a tenth", share)
	}
}

// TestFit: the times of a network give its α and β.
func TestFit(t *testing.T) {
	want := network{"x", 12, 0.8}
	var list []summed
	for _, n := range sizes {
		list = append(list, summed{Numbers: n, Tree: want.sum(n, 2) * 1e3})
	}
	got := fit("x", list)
	if math.Abs(got.alpha-want.alpha) > 0.01 || !near(got.beta*1e3, (list[len(list)-1].Tree-2*got.alpha)/4/float64(sizes[len(sizes)-1])*1e6) || math.Abs(got.beta-want.beta) > 1e-3 {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestBuckets: they have all numbers of the net, begin in order, and the largest layer's is its own.
func TestBuckets(t *testing.T) {
	for i := range nets {
		n := &nets[i]
		sum, before := 0, 0.
		for _, b := range n.buckets() {
			if b.share < before || b.share > 1+1e-12 {
				t.Errorf("%s: a sum begins at %v of the gradient, after one at %v", n.name, b.share, before)
			}
			sum, before = sum+b.numbers, b.share
		}
		if want, err := n.numbers(); err != nil || sum != want {
			t.Errorf("%s: the sums have %d numbers, the net %d, %v", n.name, sum, want, err)
		}
	}
	list := nets[1].buckets()
	for i, want := range []int{1024 * 1024, 784 * 1024, 1024*10 + 1024 + 1024 + 10} {
		if list[i].numbers != want {
			t.Errorf("sum %d has %d numbers, want %d", i, list[i].numbers, want)
		}
	}
}

// linear is a net whose time is that of its samples.
func linear(n *net) *profile {
	p := &profile{net: n}
	for _, s := range halves(n.batch) {
		v := float64(s)
		p.parts = append(p.parts, computed{s, 2 * v, 0, v, 3 * v})
	}
	return p
}

// TestStep: a network that costs nothing makes so many processes so many times as fast; a slow one costs what is left when the core is done;
// what the core does for sums is not hidden.
func TestStep(t *testing.T) {
	p := linear(&nets[1])
	for n := 2; n <= 256; n *= 2 {
		if _, times := p.strong(n, network{}); !near(times, float64(n)) {
			t.Errorf("%d processes are %v times as fast", n, times)
		}
		if _, times := p.weak(n, network{}); !near(times, float64(n)) {
			t.Errorf("%d processes with a batch each are %v times as fast", n, times)
		}
	}
	if n := p.pays(network{}); n != 256 {
		t.Errorf("up to %d processes pay, want 256", n)
	}
	if ms, _ := p.strong(512, network{}); ms != 0 {
		t.Error("512 processes share 256 samples")
	}
	free := p.step(128, 2, network{}, 1)
	slow := network{beta: 1000}
	all := 0.
	for _, b := range p.net.buckets() {
		all += slow.sum(b.numbers, 2)
	}
	if got := p.step(128, 2, slow, 1) - free; got < all-256 || got > all+0.01 {
		t.Errorf("a slow network costs %v ms beside the computing, its sums take %v", got, all)
	}
	quick := network{alpha: 1e-6, beta: 1e-6}
	p.host = 1
	if got, want := p.step(128, 2, quick, 1)-free, 4*1859594/1e6; math.Abs(got-want) > 0.1 {
		t.Errorf("the core's part of the sums costs %v ms, want %v", got, want)
	}
	if got := p.step(128, 4, network{}, 2); got < 2*free {
		t.Errorf("two processes a core take %v ms, one takes %v", got, free)
	}
}

// TestOf: what was measured, and the line between.
func TestOf(t *testing.T) {
	p := &profile{parts: []computed{{100, 9, 8, 7, 6}, {50, 4, 3, 2, 1}, {1, 3, 1, 1, 1}}}
	for samples, want := range map[float64]float64{100: 9, 75: 6.5, 50: 4, 25.5: 3.5, 1: 3} {
		if c := p.of(samples); !near(c.Gradient, want) {
			t.Errorf("%v samples: a gradient of %v ms, want %v", samples, c.Gradient, want)
		}
	}
	if c := p.of(75); !near(c.Update, 5.5) || !near(c.Loss, 4.5) || !near(c.Whole, 3.5) {
		t.Errorf("75 samples: %+v", c)
	}
}

// TestModel: the command measures, predicts and, where it may, holds that to a slow link.
func TestModel(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts processes: not with -short")
	}
	args := []string{"-model", "-net", "784-50-10", "-seconds", "0.02"}
	if os.Getenv("STHENO_LONG") != "" {
		args = append(args, "-emulate")
	}
	var stdout, stderr strings.Builder
	code := run(t.Context(), args, &stdout, &stderr)
	if code != 0 && strings.Contains(stderr.String(), "no MPI is here") {
		t.Skip(stderr.String())
	}
	out := stdout.String()
	if code != 0 || strings.Contains(out, "NaN") || strings.Contains(out, "Inf") || !strings.Contains(out, "\n| 1024 ") || !strings.Contains(out, "### Limits") {
		t.Errorf("exit %d, %s\n%s", code, stderr.String(), out)
	}
	if len(args) > 5 {
		t.Log(out)
	}
}
